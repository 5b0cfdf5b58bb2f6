"""The route of an endpoint: what it declares of itself, and where its function's parameters are read from."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import signature
from typing import Any

from laurels.callers import Caller, Client
from laurels.fields import Input
from laurels.idempotency import Origin
from laurels.languages import Languages
from laurels.paging import Page


@dataclass(frozen=True, slots=True)
class IfMatch:
    """The revision that the client expects to change (`If-Match`); None if it did not say."""

    revision: int | None


@dataclass(frozen=True, slots=True)
class Route:
    """A declaration: what a request needs and how it is answered. The OpenAPI document is made of these."""

    method: str
    path: str
    function: Callable[..., Any]
    summary: str
    tags: list[str]
    status_code: int = 200
    idempotent: bool = False
    content_type: str = "application/json"
    content_encoding: str = ""
    etag: bool = False
    max_age: int = 0


def path_names(path: str) -> list[str]:
    """The names of the variable parts: `/v1/users/<user_id>` has `user_id`."""
    return re.findall(r"<(\w+)>", path)


def parameters(route: Route) -> Iterator[tuple[str, str, Any]]:
    """Of each parameter of the route's function: its name, where it is read (path, request, query, body), its type."""
    names = path_names(route.path)
    for name, parameter in signature(route.function).parameters.items():
        kind = parameter.annotation
        if name in names:
            yield name, "path", kind
        elif kind in (Caller, Client, Languages, IfMatch, Origin):
            yield name, "request", kind
        elif isinstance(kind, type) and issubclass(kind, Input):
            has_body = route.method in ("POST", "PUT", "PATCH") and kind is not Page
            yield name, "body" if has_body else "query", kind
        else:
            raise TypeError(f"{route.method} {route.path}: cannot tell where to read {name!r} from")
