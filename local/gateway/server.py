"""The HTTP server: HTTP/1.1 with keep-alive, one thread per connection; httptools (llhttp) parses the requests.

It refuses invalid requests with the gateway's own JSON: 400 malformed, 413 body too large, 414 or 431 head too large,
505 another version of HTTP.
"""

import errno
import re
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from email.utils import formatdate
from http import HTTPStatus
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any

import httptools

from local.gateway.api import BODY_LIMIT, HEADER_LIMIT
from local.gateway.payload import Request, Response, message

Handle = Callable[[Request], Response]
_IDLE = 75  # seconds a connection may be silent
_LINGER = 5  # seconds of silence after a refusal, until the rest of the request is given up
_DRAIN_LIMIT = 64 * 1024 * 1024  # bytes read of a request that is refused, so that its sender sees the answer
_ABSOLUTE_FORM = re.compile(r"https?://[^/?]*", re.IGNORECASE)  # RFC 9112 §3.2.2
_OWN_HEADERS = {"content-length", "connection", "transfer-encoding"}  # a function does not set them
# The name of 413 depends on Python's version; this is API Gateway's.
_PHRASES = {status.value: status.phrase for status in HTTPStatus} | {413: "Request Entity Too Large"}


class PortUnavailable(Exception):
    """The server cannot listen on the port; the message says why."""


class Server(ThreadingTCPServer):
    """Serves `handle` on 127.0.0.1; call serve_forever() in a thread of its own, and shutdown() to end."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, port: int, handle: Handle) -> None:
        self.handle_request_with = handle
        try:
            super().__init__(("127.0.0.1", port), _Connection)
        except OSError as reason:
            if reason.errno == errno.EADDRINUSE:
                hint = "choose another, with --port or PORT=… make run"
                raise PortUnavailable(f"port {port} is in use: {hint}") from None
            raise PortUnavailable(f"port {port}: {reason.strerror}") from None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):  # callers may leave at any time
            super().handle_error(request, client_address)


class _Parser:
    """The requests of one connection, from its bytes. Methods called `on_…` are httptools' callbacks."""

    def __init__(self, source_ip: str) -> None:
        self.refusal: HTTPStatus | None = None  # why nothing more is read
        self.awaits_continue = False
        self._source_ip = source_ip
        self._requests: list[tuple[Request, bool]] = []
        self._llhttp = httptools.HttpRequestParser(self)
        self._in_message = self._in_head = self._begins = False

    def feed(self, data: bytes) -> list[tuple[Request, bool]]:
        """The requests that are complete now, each with whether the connection stays open. No data is the end."""
        if not data and self._in_message:
            self.refusal = HTTPStatus.BAD_REQUEST
        self._begins = False
        try:
            self._llhttp.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # an offer that this server does not accept: the request is answered as if there were none
        except httptools.HttpParserError:
            self.refusal = self.refusal or HTTPStatus.BAD_REQUEST
        if self._in_head and not self._begins:  # else some of the data is of the request before
            self._head_size += len(data)
            if self._head_size > HEADER_LIMIT:
                self.refusal = self._head_too_large()
        found, self._requests = self._requests, []
        return found

    def on_message_begin(self) -> None:
        self._in_message = self._in_head = self._begins = True
        self._head_size = 0  # bytes, while the head is not complete
        self._target, self._body = bytearray(), bytearray()
        self._headers: list[tuple[str, str]] = []

    def on_url(self, part: bytes) -> None:
        self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        self._in_head = False
        version = self._llhttp.get_http_version()
        names = [name.lower() for name, _ in self._headers]
        expected = [value.lower() for name, value in self._headers if name.lower() == "expect"]
        length = next((int(value) for name, value in self._headers if name.lower() == "content-length"), 0)
        size = len(self._llhttp.get_method()) + len(self._target) + len("  HTTP/1.1\r\n")
        size += sum(len(name) + len(value) + len(": \r\n") for name, value in self._headers)
        if version not in ("1.0", "1.1"):
            self._refuse(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
        if names.count("host") > 1 or (version == "1.1" and "host" not in names):  # RFC 9112 §3.2
            self._refuse(HTTPStatus.BAD_REQUEST)
        if size > HEADER_LIMIT:
            self._refuse(self._head_too_large())
        if length > BODY_LIMIT:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        self.awaits_continue = expected == ["100-continue"]

    def on_body(self, part: bytes) -> None:
        self.awaits_continue = False
        self._body += part
        if len(self._body) > BODY_LIMIT:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def on_message_complete(self) -> None:
        self._in_message = self.awaits_continue = False
        version = self._llhttp.get_http_version()
        target = _ABSOLUTE_FORM.sub("", self._target.decode("latin-1"), count=1) or "/"
        method = self._llhttp.get_method().decode()
        request = Request(method, target, self._headers, bytes(self._body), f"HTTP/{version}", self._source_ip)
        stays_open = version == "1.1" and self._llhttp.should_keep_alive() and not self._llhttp.should_upgrade()
        self._requests.append((request, stays_open))

    def _refuse(self, status: HTTPStatus) -> None:
        self.refusal = status
        raise ValueError  # ends the parsing

    def _head_too_large(self) -> HTTPStatus:
        too_long = len(self._target) > HEADER_LIMIT
        return HTTPStatus.REQUEST_URI_TOO_LONG if too_long else HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE


class _Connection(BaseRequestHandler):
    server: Server
    request: socket.socket

    def handle(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request.settimeout(_IDLE)
        parser = _Parser(self.client_address[0])
        data = b"-"
        while data:
            data = self.request.recv(65536)
            for request, stays_open in parser.feed(data):
                response = self.server.handle_request_with(request)
                self._send(response, with_body=request.method != "HEAD", close=not stays_open)
                if not stays_open:
                    return
            if parser.refusal:
                self._send(message(parser.refusal, _PHRASES[parser.refusal]), close=True)
                self._drain()
                return
            if parser.awaits_continue:
                parser.awaits_continue = False
                self.request.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _send(self, response: Response, *, with_body: bool = True, close: bool) -> None:
        bodiless = response.status < 200 or response.status in (204, 304)
        headers = [("date", formatdate(usegmt=True))]
        headers += [pair for pair in response.headers if pair[0] not in _OWN_HEADERS]
        if not bodiless:
            headers.append(("content-length", str(len(response.body))))
        if close:
            headers.append(("connection", "close"))
        head = [f"HTTP/1.1 {response.status} {_PHRASES.get(response.status, '')}"]
        head += [f"{name}: {value}" for name, value in headers]
        body = response.body if with_body and not bodiless else b""
        self.request.sendall("\r\n".join([*head, "\r\n"]).encode() + body)

    def _drain(self) -> None:
        """Read the rest of a refused request: closed earlier, the connection could lose the answer."""
        with suppress(OSError):
            self.request.shutdown(socket.SHUT_WR)
            self.request.settimeout(_LINGER)
            left = _DRAIN_LIMIT
            while left > 0 and (part := self.request.recv(65536)):
                left -= len(part)
