"""HTTP/1.1 over persistent connections: as much of it as AWS uses, and strict about the rest.

httptools parses the responses with llhttp, the parser of Node.js. `http.client` would cost more CPU in each call, and 6
ms in a cold start. https://www.rfc-editor.org/rfc/rfc9112
"""

import os
import select
import socket
import ssl
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from laurels import settings

MAX_HEAD = 64 * 1024  # bytes, as much as http.client takes in one line
# The roots of all of Amazon's certificates (https://www.amazontrust.com/repository/). Reading these five instead of the
# hundred and more that a machine trusts saves a cold start 20 ms.
AMAZON = f"{__file__.rpartition('/')[0]}/amazon_roots.pem"


class Response(NamedTuple):
    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes


class Connection:
    """An open connection to a server, for one request at a time."""

    def __init__(self, server: SplitResult, timeout: float):
        """Connect. `timeout` in seconds applies to the connection and to the TLS handshake. Raises OSError."""
        host = server.hostname or ""
        port = server.port or (443 if server.scheme == "https" else 80)
        self.sock = socket.create_connection((host, port), timeout)
        try:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if server.scheme == "https":
                self.sock = _tls(_trusted(host)).wrap_socket(self.sock, server_hostname=host)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        self.sock.close()

    def is_idle(self) -> bool:
        """False if data has arrived without a request: usually the end of the connection."""
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return not poll.poll(0)

    def send(self, head: bytes, body: bytes | bytearray) -> None:
        # Together they are one packet and one TLS record; a large body is not worth the copy.
        if len(body) <= MAX_HEAD:
            self.sock.sendall(head + body)
        else:
            self.sock.sendall(head)
            self.sock.sendall(body)

    def receive(self) -> tuple[Response, bool]:
        """Return a response, and whether the connection stays open. Raises OSError, also for anything but HTTP."""
        reader = _Reader()
        try:
            while not reader.complete:
                reader.feed(self.sock.recv(64 * 1024))
        finally:
            del reader.parser  # they reference each other, so the body would wait for the garbage collector
        return Response(reader.status, reader.headers, b"".join(reader.body)), reader.keep_alive


class _Reader:
    """A reader of one response. httptools calls the methods `on_…`; an error in one of them ends the reading."""

    def __init__(self) -> None:
        self.parser = HttpResponseParser(self)
        self.status = 0  # known when the head is complete
        self.headers: dict[str, str] = {}
        self.body: list[bytes] = []
        self.complete = self.keep_alive = False
        self._overhead = 0  # bytes since the last part of the body: llhttp limits neither heads nor trailers

    def feed(self, data: bytes) -> None:
        """Raises ConnectionError."""
        self._overhead += len(data)
        try:
            self.parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            if not self.complete:
                raise ConnectionError(str(error.__context__ or error)) from error
            self.keep_alive = False  # trailing bytes are not a response
        if not self.complete and (not data or self._overhead > MAX_HEAD):
            raise ConnectionError("too large" if data else "connection closed early")

    def on_message_begin(self) -> None:
        if self.complete:
            raise ConnectionError("a response without a request")

    def on_header(self, name: bytes, value: bytes) -> None:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip(" \t")
        if not self.status:  # else it is a trailer
            self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text

    def on_headers_complete(self) -> None:
        status, version = self.parser.get_status_code(), self.parser.get_http_version()
        if not 100 <= status < 600 or version not in ("1.0", "1.1"):
            raise ConnectionError("not HTTP/1.1")
        if status < 200:  # 100 Continue and 103 Early Hints come before the response
            self.headers.clear()
            return
        encoding = self.headers.get("transfer-encoding", "").lower()
        # Without a length, the end of the connection would end the body, and a truncated body would look complete.
        if status not in (204, 304) and encoding != "chunked" and (encoding or "content-length" not in self.headers):
            raise ConnectionError("unknown length")
        self.status, self._overhead = status, 0
        # Asked here, because after the message llhttp denies it for every connection.
        self.keep_alive = version == "1.1" and self.parser.should_keep_alive()

    def on_body(self, data: bytes) -> None:
        self.body.append(data)
        self._overhead = 0

    def on_message_complete(self) -> None:
        self.complete = self.status > 0


_idle: dict[str, list[Connection]] = {}  # open connections by server, the last used one last


def request(method: str, url: str, headers: Mapping[str, str], body: bytes | bytearray, timeout: float) -> Response:
    """Send one request and return its whole response, over an open connection or a new one. `headers` include the host.

    `timeout`: seconds to wait for each part of the response. Raises OSError: the request may have been carried out.
    """
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    lines += [f"content-length: {len(body)}", "", ""]
    text, ends = "\r\n".join(lines), len(lines) - 1
    if " " in target or not text.isascii() or "\0" in text or not text.count("\r") == text.count("\n") == ends:
        raise ValueError("the URL or a header contains forbidden characters")
    head = text.encode()
    server = f"{parts.scheme}://{parts.netloc}"
    connection = _open(server) or Connection(parts, settings.seconds("CONNECT_SECONDS"))
    try:
        connection.sock.settimeout(timeout)
        connection.send(head, body)
        response, stays = connection.receive()
    except BaseException:  # half a response may still arrive
        connection.close()
        # Lambda freezes functions for minutes. Then all open connections are stale, and there are few retries.
        while spare := _open(server):
            spare.close()
        raise
    if stays:
        _idle.setdefault(server, []).append(connection)
    else:
        connection.close()
    return response


def _open(server: str) -> Connection | None:
    """Return an open, unused connection, or None."""
    idle = _idle.get(server, [])
    while idle:
        try:
            connection = idle.pop()
        except IndexError:  # another thread took the last one
            break
        if connection.is_idle():
            return connection
        connection.close()
    return None


def _trusted(host: str) -> str:
    """Return the file of trusted root certificates for a host; empty: those of this machine.

    Any authority may certify China's regions (.amazonaws.com.cn) and endpoints that are not Amazon's.
    """
    return os.environ.get("AWS_CA_BUNDLE", "") or (AMAZON if host.endswith(".amazonaws.com") else "")


@cache
def _tls(trusted: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=trusted or None)
