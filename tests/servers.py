"""HTTP servers that stand in for other services in tests."""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class Handler(BaseHTTPRequestHandler):
    """A handler of requests that logs nothing."""

    def body(self) -> bytes:
        """Read the body of the request."""
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def respond(self, content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """Send a response with this content as JSON."""
        body = json.dumps(content).encode()
        self.send_response(status)
        for name, value in {**(headers or {}), "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def serving(handler: type[Handler]) -> Iterator[str]:
    """Serve with this handler on a free port; yield the server's URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def answering(status: int, body: bytes = b"", *, promised: int | None = None) -> Iterator[str]:
    """Yield the URL of a server that gives every request this response; with status 0 it closes the connection.

    `promised` is the Content-Length, if it differs from the body's.
    """

    class Unwilling(Handler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            self.body()
            self.close_connection = True
            if status == 0:
                return
            self.send_response(status)
            self.send_header("content-length", str(len(body) if promised is None else promised))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - http.server looks for these names

    with serving(Unwilling) as url:
        yield url


@contextmanager
def nobody() -> Iterator[str]:
    """Yield the URL of a port on which no process listens. The port is bound, so that no other process takes it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
