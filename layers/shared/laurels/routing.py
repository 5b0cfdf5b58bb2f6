"""Routes: the declaration of an endpoint, and where its function's parameters are read from."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import signature
from typing import Any

from laurels.callers import Allowed, Caller, Client
from laurels.errors import Problem
from laurels.fields import Input
from laurels.idempotency import Origin
from laurels.languages import Languages
from laurels.paging import PageQuery
from laurels.spreadsheets import Accept


@dataclass(frozen=True, slots=True)
class IfMatch:
    """The revision that the client expects to change (`If-Match`); None without the header."""

    revision: int | None


@dataclass(frozen=True, slots=True)
class Route:
    """The declaration of an endpoint: its callers, parameters and response. The OpenAPI document is made of these."""

    method: str
    path: str
    function: Callable[..., Any]
    summary: str
    tags: list[str]
    allow: tuple[Allowed, ...] = ()  # empty: whatever caller the gateway lets through
    status_code: int = 200
    idempotent: bool = False
    content_type: str = "application/json"
    etag: bool = False
    max_age: int = 0
    errors: tuple[type[Problem], ...] = ()  # those that do not follow from method and parameters


def path_names(path: str) -> list[str]:
    """Return the names of the variable parts: `/v1/users/<user_id>` has `user_id`."""
    return re.findall(r"<(\w+)>", path)


def parameters(route: Route) -> Iterator[tuple[str, str, Any]]:
    """Yield name, place (path, request, query or body) and type of each parameter of the route's function."""
    names = path_names(route.path)
    for name, parameter in signature(route.function).parameters.items():
        kind = parameter.annotation
        if name in names:
            yield name, "path", kind
        elif kind in (Accept, Caller, Client, Languages, IfMatch, Origin):
            yield name, "request", kind
        elif isinstance(kind, type) and issubclass(kind, Input):
            has_body = route.method in ("POST", "PUT", "PATCH") and kind is not PageQuery
            yield name, "body" if has_body else "query", kind
        else:
            raise TypeError(f"{route.method} {route.path}: cannot tell where to read {name!r} from")
