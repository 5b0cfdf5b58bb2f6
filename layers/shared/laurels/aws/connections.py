"""HTTP/1.1 over connections that stay open: as much of it as AWS speaks, and strict about the rest.

httptools parses the responses: llhttp, the parser of Node.js. `http.client` costs more of each call's CPU, and 6 ms of
a cold start. https://www.rfc-editor.org/rfc/rfc9112
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
        """Raises OSError. `timeout` in seconds, for each step: the connection and TLS's handshake."""
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
        """False if something came without a request: most often the end, as the server has closed it."""
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return not poll.poll(0)

    def send(self, head: bytes, body: bytes) -> None:
        # Together they are one packet and one TLS record; a large body is not copied for that.
        if len(body) <= MAX_HEAD:
            self.sock.sendall(head + body)
        else:
            self.sock.sendall(head)
            self.sock.sendall(body)

    def receive(self) -> tuple[Response, bool]:
        """A response, and whether the connection stays open after it. Raises OSError, also for what is not HTTP."""
        reader = _Reader()
        try:
            while not reader.complete:
                reader.feed(self.sock.recv(64 * 1024))
        finally:
            del reader.parser  # they hold each other, and megabytes of a body would wait for the garbage collector
        return Response(reader.status, reader.headers, b"".join(reader.body)), reader.keep_alive


class _Reader:
    """Reads one response. httptools calls the methods `on_…`; an error that they raise ends the reading."""

    def __init__(self) -> None:
        self.parser = HttpResponseParser(self)
        self.status = 0  # known when the head is complete
        self.headers: dict[str, str] = {}
        self.body: list[bytes] = []
        self.complete = self.keep_alive = False
        self._overhead = 0  # bytes since the last ones of the body: llhttp limits neither heads nor trailers

    def feed(self, data: bytes) -> None:
        """Raises ConnectionError."""
        self._overhead += len(data)
        try:
            self.parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            if not self.complete:
                raise ConnectionError(str(error.__context__ or error)) from error
            self.keep_alive = False  # what follows the response is none
        if not self.complete and (not data or self._overhead > MAX_HEAD):
            raise ConnectionError("too large" if data else "cut off")

    def on_message_begin(self) -> None:
        if self.complete:
            raise ConnectionError("a response that nobody asked for")

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
        # Without a length it would end where the connection ends, and nobody could tell that from being cut off.
        if status not in (204, 304) and encoding != "chunked" and (encoding or "content-length" not in self.headers):
            raise ConnectionError("of unknown length")
        self.status, self._overhead = status, 0
        # Asked here: after the message llhttp says no to every connection.
        self.keep_alive = version == "1.1" and self.parser.should_keep_alive()

    def on_body(self, data: bytes) -> None:
        self.body.append(data)
        self._overhead = 0

    def on_message_complete(self) -> None:
        self.complete = self.status > 0


_idle: dict[str, list[Connection]] = {}  # open connections by server, the last used one last


def request(method: str, url: str, headers: Mapping[str, str], body: bytes, timeout: float) -> Response:
    """Send one request and return its whole response, over an open connection or a new one. `headers` hold the host.

    `timeout`: seconds to wait for each part of the response. Raises OSError: the request may have been carried out.
    """
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    lines += [f"content-length: {len(body)}", "", ""]
    text, ends = "\r\n".join(lines), len(lines) - 1
    if " " in target or not text.isascii() or "\0" in text or not text.count("\r") == text.count("\n") == ends:
        raise ValueError("the URL or a header holds what none may hold")
    head = text.encode()
    server = f"{parts.scheme}://{parts.netloc}"
    connection = _open(server) or Connection(parts, settings.seconds("CONNECT_SECONDS"))
    try:
        connection.sock.settimeout(timeout)
        connection.send(head, body)
        response, stays = connection.receive()
    except BaseException:  # whatever it was, half of a response may still be on its way
        connection.close()
        # Lambda freezes a function for minutes: what has gone stale then is all that was open, and repeats are few.
        while spare := _open(server):
            spare.close()
        raise
    if stays:
        _idle.setdefault(server, []).append(connection)
    else:
        connection.close()
    return response


def _open(server: str) -> Connection | None:
    """An open connection that nobody uses."""
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
    """The file of certificates that a server's must go back to. Empty: those that this machine trusts.

    China's regions (.amazonaws.com.cn) and endpoints that are not Amazon's may be certified by anybody.
    """
    return os.environ.get("AWS_CA_BUNDLE", "") or (AMAZON if host.endswith(".amazonaws.com") else "")


@cache
def _tls(trusted: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=trusted or None)
