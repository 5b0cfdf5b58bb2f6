"""Call endpoints in process, with API Gateway events (payload 2.0) and the callers that send them."""

import io
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from threading import Barrier
from typing import Any, NamedTuple
from unittest.mock import patch
from urllib.parse import urlencode

from laurels import telemetry
from laurels.routing import Route
from local.contract.template import path_of
from tests import contract

Handler = Callable[[Any, Any], Mapping[str, Any]]
Event = dict[str, Any]

ADMIN = {"sub": "an-admin", "roles": "admin"}
AWARDER = {"sub": "homework-service", "scope": "awards:write"}

_NOTHING = object()
_log: Any = telemetry.logger.registered_handler  # created at import, because pytest closes each test's standard output
_numbers = count(1)


def user(sub: str, **more: str) -> dict[str, str]:
    """The authorizer's context for a learner's token."""
    return {"sub": sub, **more}


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def fields(self) -> list[str]:
        """The fields named in a problem response."""
        return [error["field"] for error in self.body["errors"]]


def route_of(handler: Handler) -> Route:
    route: Route = handler.__self__.route  # type: ignore[attr-defined]  # a handler is a bound method
    return route


def event(
    handler: Handler,
    *,
    path: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    caller: Mapping[str, str] | None = None,
    body: Any = _NOTHING,
    raw: str | bytes | None = None,
) -> Event:
    """Build the event of a request to the endpoint.

    `caller` is the authorizer's context, None for an anonymous request. `body` is sent as JSON, `raw` unchanged (bytes
    as base64, as API Gateway sends binary bodies).
    """
    route = route_of(handler)
    parts = dict(path or {})
    raw_path, key = route.path, f"{route.method} {path_of(route)}"
    for name, value in parts.items():
        raw_path = raw_path.replace(f"<{name}>", value)
    made: Event = {
        "version": "2.0",
        "routeKey": key,
        "rawPath": raw_path,
        "rawQueryString": urlencode(query or {}, errors="surrogatepass"),
        "headers": {"host": "api.example.org", "authorization": "Bearer eyJ0b2tlbiI.c2VjcmV0.c2lnbmF0dXJl"},
        "requestContext": {
            "http": {"method": route.method, "path": raw_path, "sourceIp": "203.0.113.7", "userAgent": "tests"},
            "requestId": f"request-{next(_numbers)}",
            "routeKey": key,
        },
        "isBase64Encoded": False,
    }
    if caller is not None:
        made["requestContext"]["authorizer"] = {"lambda": dict(caller)}
    if parts:
        made["pathParameters"] = parts
    if query:
        made["queryStringParameters"] = dict(query)
    if body is not _NOTHING:
        made["body"] = json.dumps(body)
        made["headers"]["content-type"] = "application/json"
    if isinstance(raw, bytes):
        made |= {"body": b64encode(raw).decode(), "isBase64Encoded": True}
    elif raw is not None:
        made["body"] = raw
    made["headers"] |= headers or {}
    return made


def send(handler: Handler, made: Event) -> Answer:
    """Return the response as API Gateway sends it, after checking that it is JSON and matches openapi.json."""
    answer = json.loads(json.dumps(handler(made, None)).encode())
    contract.OURS.check(route_of(handler), answer)
    text = answer.get("body", "")
    if answer.get("isBase64Encoded"):
        text = b64decode(text).decode("latin-1")
    return Answer(answer["statusCode"], answer["headers"], text)


def call(handler: Handler, **request: Any) -> Answer:
    """Build an event and send it. Takes the arguments of `event`."""
    return send(handler, event(handler, **request))


def together(calls: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Make the calls at the same moment, each in a thread, and return their responses in order."""
    start = Barrier(len(calls))

    def run(one: Callable[[], Answer]) -> Answer:
        start.wait()
        return one()

    # A function serves one request at a time, so its metrics have no lock; these threads would need one.
    with (
        patch.object(telemetry, "count"),
        patch.object(telemetry, "flush"),
        ThreadPoolExecutor(len(calls)) as pool,
    ):
        return list(pool.map(run, calls))


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """Capture the log output of the block as text."""
    stream = io.StringIO()
    before = _log.setStream(stream)
    try:
        yield stream
    finally:
        _log.setStream(before)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """Parse the log's lines, each of which is JSON."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]
