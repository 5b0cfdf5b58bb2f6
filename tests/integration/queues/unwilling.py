"""Stand-ins for an AWS service that give every request the same response, or none."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers import Handler, serving


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
