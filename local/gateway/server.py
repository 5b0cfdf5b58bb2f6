"""The listening socket: HTTP/1.1 with keep-alive, one thread a connection, every answer JSON or a function's own."""

import errno
import sys
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local.gateway.api import BODY_LIMIT, HEADER_LIMIT
from local.gateway.payload import Request, Response, message

Handle = Callable[[Request], Response]
_IDLE = 75  # seconds a connection may be silent
_DRAIN_LIMIT = 64 * 1024 * 1024  # bytes read of a body that is refused, so that its sender hears the answer


class PortUnavailable(Exception):
    """The port cannot be listened at; the message says why."""


class Server(ThreadingHTTPServer):
    """Serves `handle` on 127.0.0.1; call serve_forever() in a thread of its own, and shutdown() to end."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, port: int, handle: Handle) -> None:
        self.handle_request_with = handle
        try:
            super().__init__(("127.0.0.1", port), _Connection)
        except OSError as reason:
            if reason.errno == errno.EADDRINUSE:
                raise PortUnavailable(
                    f"port {port} is in use: choose another, with --port or PORT=… make run"
                ) from None
            raise PortUnavailable(f"port {port}: {reason.strerror}") from None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):  # callers may leave at any time
            super().handle_error(request, client_address)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = _IDLE
    wbufsize = -1  # head and body leave together
    server: Server

    def handle_one_request(self) -> None:
        """Any method is the gateway's business, so none is dispatched by name as the base class would."""
        try:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline:
                self.close_connection = True
                return
            if len(self.raw_requestline) > HEADER_LIMIT:
                self.requestline, self.request_version, self.command = "", "", ""
                self.send_error(HTTPStatus.REQUEST_URI_TOO_LONG)
                return
            if self.parse_request():
                self._respond()
        except TimeoutError:
            self.close_connection = True

    def _respond(self) -> None:
        headers = list(self.headers.items())
        size = len(self.raw_requestline) + sum(len(name) + len(value) + 4 for name, value in headers)
        if size > HEADER_LIMIT:
            self.send_error(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            return
        body = self._read_body()
        if body is None:
            return
        request = Request(self.command, self.path, headers, body, self.request_version, self.client_address[0])
        self._send(self.server.handle_request_with(request))

    def handle_expect_100(self) -> bool:
        if self._declared_length() > BODY_LIMIT:
            self.close_connection = True
            self._send(message(413, "Request Entity Too Large"))
            return False
        ready = super().handle_expect_100()
        self.wfile.flush()
        return ready

    def _declared_length(self) -> int:
        text = self.headers.get("Content-Length") or "0"
        return int(text) if text.isdecimal() and text.isascii() else -1

    def _read_body(self) -> bytes | None:
        """The body; None when it was refused and answered."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._read_chunks()
        length = self._declared_length()
        if length < 0:
            self.send_error(HTTPStatus.BAD_REQUEST)
            return None
        if length > BODY_LIMIT:
            self._drain(length)
            self._refuse_size()
            return None
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return None
        return body

    def _read_chunks(self) -> bytes | None:
        body = bytearray()
        while True:
            line = self.rfile.readline(1024).partition(b";")[0].strip()
            try:
                size = int(line, 16)
            except ValueError:
                self.send_error(HTTPStatus.BAD_REQUEST)
                return None
            if size == 0:
                while self.rfile.readline(65537).strip():
                    pass  # trailers
                return bytes(body)
            if len(body) + size > BODY_LIMIT:
                self._drain(size)
                self._refuse_size()
                return None
            body += self.rfile.read(size)
            self.rfile.readline(16)

    def _drain(self, length: int) -> None:
        left = min(length, _DRAIN_LIMIT)
        while left > 0 and (part := self.rfile.read(min(left, 1 << 20))):
            left -= len(part)

    def _refuse_size(self) -> None:
        self.close_connection = True
        self._send(message(413, "Request Entity Too Large"))

    def send_error(self, code: int, *_: Any, **__: Any) -> None:
        self.close_connection = True
        self._send(message(code, HTTPStatus(code).phrase))

    def _send(self, response: Response) -> None:
        self.request_version = self.protocol_version  # for what could not be read, the base class would say HTTP/0.9
        self.send_response_only(response.status)
        self.send_header("date", self.date_time_string())
        bodiless = response.status < 200 or response.status in (204, 304)
        for name, value in response.headers:
            if name not in ("content-length", "connection", "transfer-encoding"):
                self.send_header(name, value.encode("utf-8").decode("latin-1"))
        if not bodiless:
            self.send_header("content-length", str(len(response.body)))
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        if not bodiless and self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """The gateway logs."""
