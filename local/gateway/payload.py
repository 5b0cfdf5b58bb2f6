"""Payload format 2.0: an HTTP request as the event of a function, and a function's answer as an HTTP response.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html; what that page
leaves open (decoded paths, which content types are text) follows events recorded from API Gateway.
"""

import base64
import binascii
import json
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote

from local.template.application import Api, Route

_TEXT_TYPES = {"application/json", "application/xml", "application/javascript"}
# Hop-by-hop headers (RFC 9110 §7.6.1), which API Gateway does not forward.
_HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}


@dataclass(frozen=True)
class Request:
    """An HTTP request. `target` is the request line's: path and query as sent."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes = b""
    protocol: str = "HTTP/1.1"
    source_ip: str = "127.0.0.1"

    @cached_property
    def path(self) -> str:
        """Decoded, as an HTTP API routes it and passes it on."""
        return unquote(self.target.partition("?")[0])

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def header(self, name: str) -> str:
        """All values under that name joined, or an empty string."""
        return ",".join(value for key, value in self.headers if key.lower() == name.lower())


@dataclass
class Response:
    """An HTTP response."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


class MalformedAnswer(ValueError):
    """A function's answer that is not an HTTP response."""


def message(status: int, text: str) -> Response:
    """One of the gateway's own answers."""
    body = json.dumps({"message": text}, separators=(",", ":")).encode()
    return Response(status, [("content-type", "application/json")], body)


def new_request_id() -> str:
    return base64.b64encode(uuid.uuid4().bytes[:11]).decode().replace("/", "-")


def context(
    request: Request, api: Api, route: Route, path_parameters: dict[str, str], request_id: str
) -> dict[str, Any]:
    """Return what the events of an authorizer and of an integration share, without empty keys."""
    headers: dict[str, str] = {}
    for name, value in request.headers:
        key = name.lower()
        if key not in _HOP_BY_HOP and key != "cookie":
            headers[key] = f"{headers[key]},{value}" if key in headers else value
    host = headers.get("host", "localhost")
    forwarded = headers.get("x-forwarded-for")
    headers |= {
        "content-length": str(len(request.body)),
        "x-forwarded-for": f"{forwarded},{request.source_ip}" if forwarded else request.source_ip,
        "x-forwarded-port": host.rpartition(":")[2] if ":" in host else "80",
        "x-forwarded-proto": "http",
    }
    headers.setdefault("x-amzn-trace-id", f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}")
    domain = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    now = datetime.now(UTC)
    query: dict[str, str] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        query[name] = f"{query[name]},{value}" if name in query else value
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": api.id,
            "domainName": domain,
            "domainPrefix": domain.partition(".")[0],
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": request.protocol,
                "sourceIp": request.source_ip,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": request_id,
            "routeKey": route.key,
            "stage": api.stage,
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
    }
    optional = {
        "cookies": [part.strip() for part in request.header("cookie").split(";") if part.strip()],
        "queryStringParameters": query,
        "pathParameters": path_parameters,
        "stageVariables": api.stage_variables,
    }
    return event | {key: value for key, value in optional.items() if value}


def event(shared: dict[str, Any], request: Request, authorizer: dict[str, Any] | None) -> dict[str, Any]:
    """Return the integration's event: `context()`, the authorizer's context (if there was one) and the body."""
    whole = dict(shared, isBase64Encoded=False)
    if authorizer is not None:
        whole["requestContext"] = shared["requestContext"] | {"authorizer": {"lambda": authorizer}}
    if request.body:
        kind = request.header("content-type").partition(";")[0].strip().lower()
        if kind.startswith("text/") or kind in _TEXT_TYPES:
            whole["body"] = request.body.decode("utf-8", "replace")
        else:
            whole |= {"body": base64.b64encode(request.body).decode(), "isBase64Encoded": True}
    return whole


def response(answer: bytes) -> Response:
    """The HTTP response in a function's answer (JSON). Raises MalformedAnswer."""
    value = json.loads(answer)
    if not isinstance(value, dict) or "statusCode" not in value:
        body = value.encode() if isinstance(value, str) else answer
        return Response(200, [("content-type", "application/json")], body)
    status = value["statusCode"]
    if isinstance(status, bool) or not str(status).isdecimal() or not 100 <= int(status) <= 599:
        raise MalformedAnswer(f"statusCode is {status!r}")
    headers = [(str(name).lower(), _header_value(item)) for name, item in _mapping(value.get("headers"))]
    if not any(name == "content-type" for name, _ in headers):
        headers.append(("content-type", "text/plain;charset=UTF-8"))
    cookies = value.get("cookies") or []
    if not isinstance(cookies, list):
        raise MalformedAnswer("cookies is not a list")
    headers += [("set-cookie", _header_value(cookie)) for cookie in cookies]
    return Response(int(status), headers, _body(value.get("body"), bool(value.get("isBase64Encoded"))))


def _mapping(headers: Any) -> list[tuple[Any, Any]]:
    if headers is None:
        return []
    if not isinstance(headers, dict):
        raise MalformedAnswer("headers is not an object")
    return list(headers.items())


def _header_value(value: Any) -> str:
    if not isinstance(value, str | int | float):
        raise MalformedAnswer(f"a header's value is {type(value).__name__}")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if "\r" in text or "\n" in text:
        raise MalformedAnswer("a header's value has a line break")
    return text


def _body(body: Any, encoded: bool) -> bytes:
    if body is None:
        return b""
    if not isinstance(body, str):
        raise MalformedAnswer(f"body is {type(body).__name__}, not a string")
    if not encoded:
        return body.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        raise MalformedAnswer("body is not base64") from None
