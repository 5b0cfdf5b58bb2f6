"""Binding: whether a route takes a request, and how its function's parameters are read from it (payload 2.0)."""

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from inspect import signature
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from laurels import bodies, cursors, etags
from laurels.callers import SELF, Caller, Client, Grant
from laurels.errors import Invalid, Malformed, NotFound, Stale
from laurels.fields import PATH_PARTS, Input, field_errors
from laurels.idempotency import Origin
from laurels.languages import Languages, accepted, normal
from laurels.paging import PageQuery
from laurels.routing import IfMatch, Route, parameters, path_names
from laurels.spreadsheets import Accept

Event = Mapping[str, Any]
Model = TypeVar("Model", bound=Input)


def readers(route: Route) -> dict[str, Callable[[Event], Any]]:
    """Return a reader for each parameter of the route's function."""
    by_type: dict[Any, Callable[[Event], Any]] = {
        **{Accept: _accept, Caller: caller_of, Client: _client},
        **{IfMatch: _if_match(route), Languages: _languages, Origin: origin_of},
    }

    def reader(name: str, place: str, kind: Any) -> Callable[[Event], Any]:
        match place:
            case "path":
                return _path_part(name)
            case "request":
                return by_type[kind]
            case "query":
                return _page(filters(route)) if kind is PageQuery else _query(kind)
        return _body(kind, route.method)

    return {name: reader(name, place, kind) for name, place, kind in parameters(route)}


def build_models(route: Route) -> None:
    """Build the models of the route's parameters and result now, so that the first request does not wait for it."""
    waiting = [*(kind for _, place, kind in parameters(route) if place in ("query", "body"))]
    waiting.append(signature(route.function).return_annotation)
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind.model_rebuild()
        else:
            waiting += get_args(kind)


def authorize(route: Route, event: Event) -> None:
    """Raise Forbidden, or NotFound on another user's path, unless the route allows the caller."""
    caller = caller_of(event)
    grants = [each for each in route.allow if isinstance(each, Grant)]
    if SELF in route.allow:
        caller.acting_for(event["pathParameters"]["user_id"], *grants)
    elif grants:
        caller.needs(*grants)


def query_check(route: Route) -> Callable[[Event], None]:
    """Return a function that raises Invalid for query parameters that the route does not know."""
    kinds = [(place, kind) for _, place, kind in parameters(route)]
    known = {name for place, kind in kinds if place == "query" for name in _wire_names(kind)}
    known |= {"lang" for _, kind in kinds if kind is Languages}

    def check(event: Event) -> None:
        unknown = sorted((event.get("queryStringParameters") or {}).keys() - known)
        if unknown:
            detail = f"is not a parameter of this route; it takes {', '.join(sorted(known)) or 'none'}"
            raise Invalid.fields(
                [{"field": name[:200], "detail": detail, "code": "unknown_parameter"} for name in unknown[:100]]
            )

    return check


def filters(route: Route) -> list[str]:
    """Return the query parameters that identify a list: all that the route knows, except those of the page."""
    queries = [kind for _, place, kind in parameters(route) if place == "query" and kind is not PageQuery]
    return [name for kind in queries for name in _wire_names(kind)] + ["lang"]


def _wire_names(model: type[Input]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _path_part(name: str) -> Callable[[Event], str]:
    pattern = re.compile(PATH_PARTS[name])

    def read(event: Event) -> str:
        value: str = event["pathParameters"][name]
        if not pattern.fullmatch(value):
            raise NotFound("There is nothing at this path.")
        return caller_of(event).resolve(value) if name == "user_id" else value

    return read


def caller_of(event: Event) -> Caller:
    authorizer = event["requestContext"].get("authorizer") or {}
    return _caller(tuple((authorizer.get("lambda") or {}).items()))


@lru_cache(maxsize=1)  # a request asks several times
def _caller(context: tuple[tuple[str, str], ...]) -> Caller:
    return Caller.from_context(dict(context))


def _client(event: Event) -> Client:
    http = event["requestContext"]["http"]
    return Client(http.get("sourceIp", ""), http.get("userAgent", ""))


def _accept(event: Event) -> Accept:
    return Accept(event["headers"].get("accept", ""))


def _languages(event: Event) -> Languages:
    asked = (event.get("queryStringParameters") or {}).get("lang", "")
    language = normal(asked)
    if asked and not language:
        raise Invalid.field("lang", "must be a language such as en or pt-BR", "string_pattern_mismatch")
    return Languages(language, accepted(event["headers"].get("accept-language", "")))


def _if_match(route: Route) -> Callable[[Event], IfMatch]:
    def read(event: Event) -> IfMatch:
        header = event["headers"].get("if-match", "*").strip()
        if header == "*":
            return IfMatch(None)
        # Weak ETags never match (RFC 9110, section 13.1.1).
        strong = [etag for weak, etag in re.findall(r'(W/)?"([^"]*)"', header) if not weak]
        document = document_of(event, route)
        named = [revision for etag in strong if (revision := etags.revision_in(etag, document)) is not None]
        if not named:
            raise Stale("If-Match takes ETags of this document. Read the document again.")
        return IfMatch(max(named))  # revisions only grow: of several, the latest may be the current one

    return read


def document_of(event: Event, route: Route) -> str:
    """Return the id of the document at the path: its last variable part; empty if there is none."""
    names = path_names(route.path)
    return str(_path_parts(event)[names[-1]]) if names else ""


def origin_of(event: Event) -> Origin:
    key = event["headers"].get("idempotency-key")
    if key is None:
        return Origin.unique()
    if not 1 <= len(key) <= 255:
        raise Malformed("An Idempotency-Key has 1 to 255 characters.")
    return Origin.of(caller_of(event).sub, event["routeKey"], json.dumps(_path_parts(event)), key)


def subject_of(event: Event, arguments: Mapping[str, Any]) -> str:
    """Return the id of the user whom the request is about: in the path, else in the body, else the caller."""
    named = next((value.user_id for value in arguments.values() if hasattr(value, "user_id")), "me")
    return str(_path_parts(event).get("user_id") or caller_of(event).resolve(named))


def _query(model: type[Model]) -> Callable[[Event], Model]:
    names = _wire_names(model)

    def read(event: Event) -> Model:
        given = event.get("queryStringParameters") or {}
        try:
            return model.model_validate({name: given[name] for name in names if name in given}, strict=False)
        except ValidationError as error:
            raise Invalid.fields(field_errors(error)) from None

    return read


def _page(filters: list[str]) -> Callable[[Event], PageQuery]:
    read_query = _query(PageQuery)

    def read(event: Event) -> PageQuery:
        page = read_query(event)
        if page.cursor is None:
            return page
        return page.model_copy(update={"cursor": cursors.unseal(page.cursor, list_identity(event, filters))})

    return read


def list_identity(event: Event, filters: list[str]) -> str:
    """Return the identity of a list, which its cursors are bound to: the caller, the path and the filters."""
    query = event.get("queryStringParameters") or {}
    where = [event["routeKey"], _path_parts(event)]
    return json.dumps([caller_of(event).sub, *where, [query.get(name) for name in filters]])


def _path_parts(event: Event) -> dict[str, str]:
    """Return the variable parts of the path. `me` and the caller's id are the same."""
    parts = event.get("pathParameters") or {}
    if "user_id" in parts:
        return {**parts, "user_id": caller_of(event).resolve(parts["user_id"])}
    return dict(parts)


def _body(model: type[Input], method: str) -> Callable[[Event], Input]:
    types = (bodies.JSON, bodies.MERGE_PATCH) if method == "PATCH" else (bodies.JSON,)
    optional = bodies.is_optional(model, method)
    return lambda event: bodies.read(event, model, types, optional=optional)
