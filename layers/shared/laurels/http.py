"""An endpoint of the HTTP API: one function, one route.

API Gateway has routed the request already, so nothing here matches paths: an `Endpoint` reads what its function's
parameters ask for, calls it, and makes the answer (payload 2.0), or a problem (RFC 9457) of whatever went wrong.

Parameters are bound by their types: `str` the path part of that name · `Caller` · `Languages` · `IfMatch` · `Page` and
other `Input` models from the query string, or from the JSON body where the method has one.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import json
import re
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from inspect import signature
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from laurels import cursors, idempotency, telemetry
from laurels.callers import Caller, Grant
from laurels.errors import Invalid, Malformed, Problem, Stale, TooLarge, UnsupportedMediaType
from laurels.languages import Languages, accepted
from laurels.paging import Listing, Page
from laurels.shapes import LANGUAGE, PATH_PARTS, Input

__all__ = ["Caller", "Endpoint", "Grant", "IfMatch", "Languages", "Page", "Reply"]

MAX_BODY_BYTES = 1_000_000
_JSON_TYPES = ("application/json", "application/merge-patch+json")

Event = Mapping[str, Any]
Response = dict[str, Any]
Body = TypeVar("Body")
Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Reply(Generic[Body]):
    """An answer that is more than its body.

    `revision` is the document's: it makes an ETag that `If-Match` can name. `etag` makes one of the content alone.
    """

    body: Body
    status: int = 0  # 0: the route's own
    headers: dict[str, str] = field(default_factory=dict)
    revision: int | None = None
    etag: bool = False


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
            return function

        return register

    def handler(self, event: Event, _context: Any) -> Response:
        """The Lambda handler: never raises, so that a client always gets a problem it can read."""
        began = time.perf_counter()
        request_id = event["requestContext"]["requestId"]
        telemetry.logger.set_correlation_id(request_id)
        try:
            response = self._answer(event)
        except ValidationError as error:
            response = problem(_invalid(error), request_id)
        except Problem as error:
            response = problem(error, request_id)
        except Exception:
            telemetry.logger.exception("The endpoint failed.")
            response = problem(Problem("Something went wrong on our side. Tell us the request_id."), request_id)
        telemetry.logger.info(
            "request",
            route=f"{self.route.method} {self.route.path}",
            status=response["statusCode"],
            ms=round((time.perf_counter() - began) * 1000, 1),
        )
        telemetry.flush()
        return response

    def _answer(self, event: Event) -> Response:
        arguments = {name: read(event) for name, read in self._readers.items()}

        def work() -> Response:
            return self._respond(event, self.route.function(**arguments))

        key = event["headers"].get("idempotency-key") if self.route.idempotent else None
        if key is None:
            return work()
        if not 1 <= len(key) <= 255:
            raise Malformed("An Idempotency-Key has 1 to 255 characters.")
        scope = (_caller(event).sub, event["routeKey"], json.dumps(event.get("pathParameters")), key)
        return idempotency.once(scope, _raw_body(event), work)

    def _respond(self, event: Event, result: Any) -> Response:
        reply = result if isinstance(result, Reply) else Reply(result)
        status = reply.status or self.route.status_code
        if reply.body is None:
            return {"statusCode": status, "headers": reply.headers}
        if isinstance(reply.body, bytes):
            encoded = b64encode(reply.body).decode()
            return {"statusCode": status, "headers": reply.headers, "body": encoded, "isBase64Encoded": True}
        body = _to_json(_seal(reply.body, event))
        headers = {"content-type": "application/json", "cache-control": "no-store"} | reply.headers
        if reply.revision is not None or reply.etag:
            content = blake2b(body.encode(), digest_size=8).hexdigest()
            etag = f'"{content}"' if reply.revision is None else f'"{reply.revision}-{content}"'
            headers["etag"] = etag
            if headers["cache-control"] == "no-store":
                headers["cache-control"] = "private, no-cache"
            if self.route.method == "GET" and etag in event["headers"].get("if-none-match", ""):
                del headers["content-type"]
                return {"statusCode": 304, "headers": headers}
        return {"statusCode": status, "headers": headers, "body": body}


def problem(error: Problem, request_id: str) -> Response:
    """The error as `application/problem+json` (RFC 9457)."""
    body = {
        "type": f"urn:laurels:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "request_id": request_id,
        "errors": error.errors,
    }
    headers = {"content-type": "application/problem+json", "cache-control": "no-store"}
    if error.retry_after is not None:
        headers["retry-after"] = str(error.retry_after)
    return {"statusCode": error.status, "headers": headers, "body": json.dumps(body, ensure_ascii=False)}


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
        elif kind in (Caller, Languages, IfMatch):
            yield name, "request", kind
        elif isinstance(kind, type) and issubclass(kind, Input):
            has_body = route.method in ("POST", "PUT", "PATCH") and kind is not Page
            yield name, "body" if has_body else "query", kind
        else:
            raise TypeError(f"{route.method} {route.path}: cannot tell where to read {name!r} from")


def readers(route: Route) -> dict[str, Callable[[Event], Any]]:
    """For each parameter of the route's function, how to read it from an event."""
    by_type = {Caller: _caller, Languages: _languages, IfMatch: _if_match, Page: _page}
    by_place = {"query": _query, "body": _body}
    return {
        name: _path_part(name) if place == "path" else by_type.get(kind) or by_place[place](kind)
        for name, place, kind in parameters(route)
    }


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


def _languages(event: Event) -> Languages:
    asked = (event.get("queryStringParameters") or {}).get("lang", "")
    if asked and not re.fullmatch(LANGUAGE, asked):
        raise Invalid.field("lang", "must be a language such as en or pt-BR", "string_pattern_mismatch")
    return Languages(asked, accepted(event["headers"].get("accept-language", "")))


def _if_match(event: Event) -> IfMatch:
    header = event["headers"].get("if-match", "*").strip()
    if header == "*":
        return IfMatch(None)
    if not (match := re.fullmatch(r'"(\d{1,15})-[0-9a-f]{16}"', header)):
        raise Stale("If-Match takes one ETag of this document. Read the document again.")
    return IfMatch(int(match[1]))


def _query(model: type[Input]) -> Callable[[Event], Input]:
    """Parameters that the model does not know are passed over: links collect them on their way."""

    def read(event: Event) -> Input:
        given = event.get("queryStringParameters") or {}
        names = (field.alias or name for name, field in model.model_fields.items())
        return model.model_validate({name: given[name] for name in names if name in given}, strict=False)

    return read


def _page(event: Event) -> Page:
    page = _query(Page)(event)
    assert isinstance(page, Page)
    if page.cursor is None:
        return page
    return page.model_copy(update={"cursor": cursors.unseal(page.cursor, _query_identity(event))})


def _seal(body: Any, event: Event) -> Any:
    if isinstance(body, Listing) and body.next_cursor is not None:
        return body.model_copy(update={"next_cursor": cursors.seal(body.next_cursor, _query_identity(event))})
    return body


def _query_identity(event: Event) -> str:
    """What a cursor belongs to: the caller, the path, and all of the query but the page itself."""
    query = event.get("queryStringParameters") or {}
    kept = sorted((name, value) for name, value in query.items() if name not in ("limit", "cursor"))
    return json.dumps([_caller(event).sub, event["rawPath"], kept])


def _body(model: type[Input]) -> Callable[[Event], Input]:
    def read(event: Event) -> Input:
        kind = event["headers"].get("content-type", _JSON_TYPES[0]).partition(";")[0].strip().lower()
        if kind not in _JSON_TYPES:
            raise UnsupportedMediaType("Send the body as JSON, with the header Content-Type: application/json.")
        raw = _raw_body(event)
        if len(raw) > MAX_BODY_BYTES:
            raise TooLarge(f"A body has at most {MAX_BODY_BYTES} bytes.")
        if not raw.strip():
            raise Malformed("This request needs a JSON body.")
        return model.model_validate_json(raw)

    return read


def _raw_body(event: Event) -> bytes:
    body = event.get("body") or ""
    return b64decode(body) if event.get("isBase64Encoded") else body.encode("utf-8", "surrogatepass")


def _invalid(error: ValidationError) -> Problem:
    """400 for what is not JSON, else 422 with every field that is wrong. What was sent is not repeated."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if found[0]["type"] == "json_invalid":
        return Malformed(f"The body is not valid JSON: {found[0]['msg']}.")
    errors = [
        {
            "field": ".".join(map(str, entry["loc"])) or "body",
            "detail": entry["msg"].removeprefix("Value error, "),
            "code": entry["type"],
        }
        for entry in found
    ]
    return Invalid(f"{errors[0]['field']}: {errors[0]['detail']}", errors=errors)  # type: ignore[arg-type]


def _to_json(body: Any) -> str:
    return body.model_dump_json() if isinstance(body, BaseModel) else json.dumps(body, ensure_ascii=False)
