"""An endpoint of the HTTP API: one function, one route.

API Gateway routes requests, so nothing here matches paths: an `Endpoint` reads its function's parameters from the
event, calls it, and returns its result as a response (payload 2.0), or an error as a problem (RFC 9457).

Parameters are bound by their types: `str` the path part of that name · `Accept` · `Caller` · `Client` · `Languages` ·
`IfMatch` · `Origin` · `PageQuery` and other `Input` models from the query string, or from the JSON body where the
method has one. The return type and the route's arguments declare the response: `Revised[...]` has an ETag, `Made[...]`
may be 200, `... | CsvFile` may be CSV.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from collections.abc import Callable
from typing import Any, TypeVar

from laurels import binding, bodies, cursors, idempotency, responses, telemetry
from laurels.binding import Event
from laurels.callers import SELF, Allowed, Caller, Client, Grant
from laurels.errors import Gone, NotFound, Problem, TooManyRequests
from laurels.idempotency import Origin
from laurels.languages import Languages
from laurels.pages import HtmlPage, SvgPicture
from laurels.paging import Listing, PageQuery
from laurels.responses import Response
from laurels.revisions import Made, Revised
from laurels.routing import IfMatch, Route
from laurels.spreadsheets import Accept, CsvFile

__all__ = [
    "SELF",
    "Accept",
    "Caller",
    "Client",
    "CsvFile",
    "Endpoint",
    "Gone",
    "Grant",
    "HtmlPage",
    "IfMatch",
    "Languages",
    "Made",
    "NotFound",
    "Origin",
    "PageQuery",
    "Revised",
    "SvgPicture",
    "TooManyRequests",
]

Function = TypeVar("Function", bound=Callable[..., Any])


class Endpoint:
    """Holds the one route of its file. `handler` is the Lambda handler."""

    route: Route

    def get(
        self,
        path: str,
        *,
        summary: str,
        tags: list[str],
        allow: tuple[Allowed, ...] = (),
        content_type: str = "application/json",
        etag: bool = False,
        max_age: int = 0,
        errors: tuple[type[Problem], ...] = (),
    ) -> Callable[[Function], Function]:
        """Register a GET route. `allow`: the callers who may use it, here and in the other methods.

        `etag` adds an ETag of the content; a `Revised` result has one anyway. For `max_age` seconds any cache may keep
        the response to a request without a token. `errors` are those that the OpenAPI document cannot derive from
        method and parameters (local/contract/errors.py).
        """
        made = {"content_type": content_type, "etag": etag, "max_age": max_age}
        return self._register("GET", path, summary, tags, allow=allow, **made, errors=errors)

    def post(
        self,
        path: str,
        *,
        summary: str,
        tags: list[str],
        allow: tuple[Allowed, ...] = (),
        status_code: int = 201,
        idempotent: bool = False,
        errors: tuple[type[Problem], ...] = (),
    ) -> Callable[[Function], Function]:
        """Register a POST route. `idempotent` honours an `Idempotency-Key`, where repeating would create twice."""
        made = {"status_code": status_code, "idempotent": idempotent}
        return self._register("POST", path, summary, tags, allow=allow, **made, errors=errors)

    def put(
        self, path: str, *, summary: str, tags: list[str], allow: tuple[Allowed, ...] = ()
    ) -> Callable[[Function], Function]:
        return self._register("PUT", path, summary, tags, allow=allow)

    def patch(
        self, path: str, *, summary: str, tags: list[str], allow: tuple[Allowed, ...] = ()
    ) -> Callable[[Function], Function]:
        return self._register("PATCH", path, summary, tags, allow=allow)

    def delete(
        self, path: str, *, summary: str, tags: list[str], allow: tuple[Allowed, ...] = (), status_code: int = 204
    ) -> Callable[[Function], Function]:
        return self._register("DELETE", path, summary, tags, allow=allow, status_code=status_code)

    def _register(
        self, method: str, path: str, summary: str, tags: list[str], **declared: Any
    ) -> Callable[[Function], Function]:
        def register(function: Function) -> Function:
            self.route = Route(method, path, function, summary, tags, **declared)
            self._readers = binding.readers(self.route)
            self._filters = binding.filters(self.route)
            self._check_query = binding.query_check(self.route)
            binding.build_models(self.route)
            return function

        return register

    def handler(self, event: Event, _context: Any) -> Response:
        """Handle an event. Never raises, so that a client always gets a problem it can read."""
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
        # First, so that callers who may not use the route learn nothing else about it.
        binding.authorize(self.route, event)
        self._check_query(event)
        arguments = {name: read(event) for name, read in self._readers.items()}

        if not self.route.idempotent or "idempotency-key" not in event["headers"]:
            return self._respond(event, arguments)
        user_id = binding.subject_of(event, arguments)
        if user_id != (caller := binding.caller_of(event)).sub and not caller.holds(*Grant):
            return self._respond(event, arguments)  # will be refused, and writes nothing into another user's partition

        def work(origin: Origin) -> Response:
            known = {name: origin for name, value in arguments.items() if isinstance(value, Origin)}
            return self._respond(event, arguments | known)

        return idempotency.once(binding.origin_of(event), user_id, bodies.canonical(event), work)

    def _respond(self, event: Event, arguments: dict[str, Any]) -> Response:
        result = self._sealed(self.route.function(**arguments), event)
        held = event["headers"].get("if-none-match", "") if self.route.method == "GET" else ""
        document = binding.document_of(event, self.route)
        return responses.success(self.route, result, arguments.values(), document, held)

    def _sealed(self, result: Any, event: Event) -> Any:
        """Return a list with its cursor sealed; anything else unchanged."""
        if isinstance(result, Listing) and result.next_cursor is not None:
            sealed = cursors.seal(result.next_cursor, binding.list_identity(event, self._filters))
            return result.model_copy(update={"next_cursor": sealed})
        return result
