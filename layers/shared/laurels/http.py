"""An endpoint of the HTTP API: one function, one route.

API Gateway has routed the request already, so nothing here matches paths: an `Endpoint` reads what its function's
parameters ask for, calls it, and makes the answer (payload 2.0), or a problem (RFC 9457) of whatever went wrong.

Parameters are bound by their types: `str` the path part of that name · `Caller` · `Client` · `Languages` · `IfMatch` ·
`Origin` · `Page` and other `Input` models from the query string, or from the JSON body where the method has one.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Any, TypeVar

from pydantic import ValidationError

from laurels import bodies, cursors, idempotency, responses, telemetry
from laurels.callers import Caller, Client, Grant
from laurels.errors import Invalid, Malformed, Problem, Stale
from laurels.fields import PATH_PARTS, Input, field_errors
from laurels.idempotency import Origin
from laurels.languages import Languages, accepted, normal
from laurels.paging import Listing, Page
from laurels.responses import Reply, Response

__all__ = ["Caller", "Client", "Endpoint", "Grant", "IfMatch", "Languages", "Origin", "Page", "Reply"]

Event = Mapping[str, Any]
Model = TypeVar("Model", bound=Input)
Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class IfMatch:
    """The revision that the client expects to change (`If-Match`); None if it did not say."""

    revision: int | None


@dataclass(frozen=True, slots=True)
class Route:
    """What a route says of itself; the OpenAPI document is made of these."""

    method: str
    path: str
    function: Callable[..., Any]
    status_code: int
    summary: str
    tags: list[str]
    idempotent: bool


class Endpoint:
    """Holds the one route of its file. `handler` is the Lambda handler."""

    route: Route

    def get(self, path: str, *, summary: str, tags: list[str]) -> Callable[[Function], Function]:
        return self._register("GET", path, summary, tags)

    def post(
        self, path: str, *, summary: str, tags: list[str], status_code: int = 201, idempotent: bool = False
    ) -> Callable[[Function], Function]:
        """`idempotent`: an `Idempotency-Key` is honoured. For what is not idempotent by nature."""
        return self._register("POST", path, summary, tags, status_code, idempotent)

    def put(self, path: str, *, summary: str, tags: list[str]) -> Callable[[Function], Function]:
        return self._register("PUT", path, summary, tags)

    def patch(self, path: str, *, summary: str, tags: list[str]) -> Callable[[Function], Function]:
        return self._register("PATCH", path, summary, tags)

    def delete(
        self, path: str, *, summary: str, tags: list[str], status_code: int = 204
    ) -> Callable[[Function], Function]:
        return self._register("DELETE", path, summary, tags, status_code)

    def _register(
        self, method: str, path: str, summary: str, tags: list[str], status_code: int = 200, idempotent: bool = False
    ) -> Callable[[Function], Function]:
        def register(function: Function) -> Function:
            self.route = Route(method, path, function, status_code, summary, tags, idempotent)
            self._readers = readers(self.route)
            self._filters = filters(self.route)
            return function

        return register

    def handler(self, event: Event, _context: Any) -> Response:
        """The Lambda handler: never raises, so that a client always gets a problem it can read."""
        request_id = event["requestContext"]["requestId"]
        telemetry.correlate(request_id)
        try:
            response = self._answer(event)
        except Problem as error:
            if error.status >= 500:
                telemetry.failed("The endpoint cannot serve now.", error)
            response = responses.problem(error, request_id)
        except Exception as error:
            telemetry.failed("The endpoint failed.", error)
            unforeseen = Problem("Something went wrong on our side. Tell us the request_id.")
            response = responses.problem(unforeseen, request_id)
        telemetry.flush()
        return response

    def _answer(self, event: Event) -> Response:
        arguments = {name: read(event) for name, read in self._readers.items()}

        if not self.route.idempotent or "idempotency-key" not in event["headers"]:
            return self._respond(event, self.route.function(**arguments))

        def work(origin: Origin) -> Response:
            known = {name: origin for name, value in arguments.items() if isinstance(value, Origin)}
            return self._respond(event, self.route.function(**arguments | known))

        return idempotency.once(_origin(event), bodies.raw(event), work)

    def _respond(self, event: Event, result: Any) -> Response:
        reply = result if isinstance(result, Reply) else Reply(result)
        held = event["headers"].get("if-none-match", "") if self.route.method == "GET" else ""
        return responses.success(reply, self._seal(reply.body, event), self.route.status_code, held)

    def _seal(self, body: Any, event: Event) -> Any:
        if isinstance(body, Listing) and body.next_cursor is not None:
            sealed = cursors.seal(body.next_cursor, _list_identity(event, self._filters))
            return body.model_copy(update={"next_cursor": sealed})
        return body


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


def readers(route: Route) -> dict[str, Callable[[Event], Any]]:
    """For each parameter of the route's function, how to read it from an event."""
    by_type = {Caller: _caller, Client: _client, Languages: _languages, IfMatch: _if_match, Origin: _origin}

    def reader(name: str, place: str, kind: Any) -> Callable[[Event], Any]:
        match place:
            case "path":
                return _path_part(name)
            case "request":
                return by_type[kind]
            case "query":
                return _page(filters(route)) if kind is Page else _query(kind)
        return _body(kind, route.method)

    return {name: reader(name, place, kind) for name, place, kind in parameters(route)}


def filters(route: Route) -> list[str]:
    """The query parameters that say which list it is: all that the route knows, but those of the page."""
    queries = [kind for _, place, kind in parameters(route) if place == "query" and kind is not Page]
    return [name for kind in queries for name in _wire_names(kind)] + ["lang"]


def _wire_names(model: type[Input]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _path_part(name: str) -> Callable[[Event], str]:
    pattern = re.compile(PATH_PARTS[name])

    def read(event: Event) -> str:
        value: str = event["pathParameters"][name]
        if not pattern.fullmatch(value):
            raise Invalid.field(name, f"must match {pattern.pattern}", "string_pattern_mismatch")
        return value

    return read


def _caller(event: Event) -> Caller:
    authorizer = event["requestContext"].get("authorizer") or {}
    return Caller.from_context(authorizer.get("lambda") or {})


def _client(event: Event) -> Client:
    http = event["requestContext"]["http"]
    return Client(http.get("sourceIp", ""), http.get("userAgent", ""))


def _languages(event: Event) -> Languages:
    asked = (event.get("queryStringParameters") or {}).get("lang", "")
    language = normal(asked)
    if asked and not language:
        raise Invalid.field("lang", "must be a language such as en or pt-BR", "string_pattern_mismatch")
    return Languages(language, accepted(event["headers"].get("accept-language", "")))


def _if_match(event: Event) -> IfMatch:
    header = event["headers"].get("if-match", "*").strip()
    if header == "*":
        return IfMatch(None)
    # Weak ones never match (RFC 9110, section 13.1.1). Revisions only grow: of several, the latest may still be there.
    etags = re.findall(r'(W/)?"([^"]*)"', header)
    named = [match for weak, etag in etags if not weak and (match := re.fullmatch(r"([0-9]{1,15})-[0-9a-f]{16}", etag))]
    if not named:
        raise Stale("If-Match takes ETags of this document. Read the document again.")
    return IfMatch(max(int(match[1]) for match in named))


def _origin(event: Event) -> Origin:
    key = event["headers"].get("idempotency-key")
    if key is None:
        return Origin.unique()
    if not 1 <= len(key) <= 255:
        raise Malformed("An Idempotency-Key has 1 to 255 characters.")
    caller = _caller(event)
    parts = event.get("pathParameters") or {}
    if "user_id" in parts:  # `me` and the caller's id are the same
        parts = {**parts, "user_id": caller.resolve(parts["user_id"])}
    return Origin.of(caller.sub, event["routeKey"], json.dumps(parts), key)


def _query(model: type[Model]) -> Callable[[Event], Model]:
    """Parameters that the model does not know are passed over: links collect them on their way."""
    names = _wire_names(model)

    def read(event: Event) -> Model:
        given = event.get("queryStringParameters") or {}
        try:
            return model.model_validate({name: given[name] for name in names if name in given}, strict=False)
        except ValidationError as error:
            raise Invalid.fields(field_errors(error)) from None

    return read


def _page(filters: list[str]) -> Callable[[Event], Page]:
    read_query = _query(Page)

    def read(event: Event) -> Page:
        page = read_query(event)
        if page.cursor is None:
            return page
        return page.model_copy(update={"cursor": cursors.unseal(page.cursor, _list_identity(event, filters))})

    return read


def _list_identity(event: Event, filters: list[str]) -> str:
    """What a cursor belongs to: the caller, the path, and what the list is filtered by."""
    query = event.get("queryStringParameters") or {}
    return json.dumps([_caller(event).sub, event["rawPath"], [query.get(name) for name in filters]])


def _body(model: type[Input], method: str) -> Callable[[Event], Input]:
    types = (bodies.JSON, bodies.MERGE_PATCH) if method == "PATCH" else (bodies.JSON,)
    optional = bodies.is_optional(model, method)
    return lambda event: bodies.read(event, model, types, optional=optional)
