"""HTTP/1.1 over connections that stay open: as much of it as AWS speaks, and strict about the rest.

Of `http.client`, the parsing of heads as e-mail alone is a sixth of a warm call's CPU, and its import 6 ms of a cold
start. https://www.rfc-editor.org/rfc/rfc9112
"""

import os
import re
import select
import socket
import ssl
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

CONNECT_SECONDS = 1.0
MAX_HEAD = 64 * 1024  # bytes, as much as http.client takes in one line
_HEAD = re.compile(r"(HTTP/1\.[01]) ([1-5][0-9]{2})(?: [^\r\n\0]*)?((?:\r\n[\w!#$%&'*+.^`|~-]+:[^\r\n\0]*)*)", re.ASCII)
# The roots of all of Amazon's certificates (https://www.amazontrust.com/repository/). Reading these five instead of the
# hundred and more that a machine trusts saves a cold start 20 ms.
AMAZON = f"{__file__.rpartition('/')[0]}/amazon_roots.pem"


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes


class Connection:
    """An open connection to a server, for one exchange at a time."""

    def __init__(self, place: SplitResult):
        """Raises OSError."""
        host = place.hostname or ""
        port = place.port or (443 if place.scheme == "https" else 80)
        self.sock = socket.create_connection((host, port), CONNECT_SECONDS)
        self._received = bytearray()
        try:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if place.scheme == "https":
                self.sock = _tls(_trusted(host)).wrap_socket(self.sock, server_hostname=host)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        self.sock.close()

    def is_idle(self) -> bool:
        """False if something came unasked: most often the end, because the other side has closed the connection."""
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return not self._received and not poll.poll(0)

    def send(self, head: bytes, body: bytes) -> None:
        # Together they are one packet and one TLS record; a large body is not copied for that.
        if len(body) <= MAX_HEAD:
            self.sock.sendall(head + body)
        else:
            self.sock.sendall(head)
            self.sock.sendall(body)

    def receive(self) -> tuple[Answer, bool]:
        """An answer, and whether the connection stays open after it. Raises OSError, also for what is not HTTP."""
        version, status, headers = self._head()
        while status < 200:  # 100 Continue and 103 Early Hints come before the answer
            version, status, headers = self._head()
        length = headers.get("content-length", "")
        if status in (204, 304):
            body = b""
        elif "transfer-encoding" in headers:
            if headers["transfer-encoding"].lower() != "chunked":
                raise ConnectionError("encoded in another way")
            body = self._chunks()
        elif length.isascii() and length.isdigit():
            body = self._exactly(int(length))
        else:  # it would end where the connection ends, and nobody could tell that from being cut off
            raise ConnectionError("of unknown length")
        stays = version != "HTTP/1.0" and "close" not in headers.get("connection", "").lower()
        return Answer(status, headers, body), stays

    def _head(self) -> tuple[str, int, dict[str, str]]:
        head = self._until(b"\r\n\r\n").decode("latin-1")
        if not (match := _HEAD.fullmatch(head)):
            raise ConnectionError("not HTTP")
        headers: dict[str, str] = {}
        for line in match[3].split("\r\n")[1:]:
            name, _, value = line.partition(":")
            name, value = name.lower(), value.strip(" \t")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return match[1], int(match[2]), headers

    def _chunks(self) -> bytes:
        content = bytearray()
        while size := self._chunk_size():
            content += self._exactly(size)
            if self._exactly(2) != b"\r\n":
                raise ConnectionError("not chunked")
        while self._until(b"\r\n"):  # trailers, and the empty line that ends them
            pass
        return bytes(content)

    def _chunk_size(self) -> int:
        digits = self._until(b"\r\n").partition(b";")[0].strip(b" \t")
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,16}", digits):
            raise ConnectionError("not chunked")
        return int(digits, 16)

    def _until(self, end: bytes) -> bytes:
        """What comes before `end`, which is dropped."""
        searched = 0
        while (at := self._received.find(end, searched)) < 0:
            if len(self._received) > MAX_HEAD:
                raise ConnectionError("too large")
            searched = max(0, len(self._received) - len(end) + 1)
            self._more()
        return self._take(at, len(end))

    def _exactly(self, size: int) -> bytes:
        while len(self._received) < size:
            self._more()
        return self._take(size)

    def _more(self) -> None:
        received = self.sock.recv(64 * 1024)
        if not received:
            raise ConnectionError("cut off")
        self._received += received

    def _take(self, size: int, drop: int = 0) -> bytes:
        taken = bytes(self._received[:size])
        del self._received[: size + drop]
        return taken


_idle: dict[str, list[Connection]] = {}  # open connections by server, the last used one last


def exchange(method: str, url: str, headers: Mapping[str, str], body: bytes, patience: float) -> Answer:
    """One request and its whole answer, over an open connection or a new one. `headers` hold the host.

    `patience`: seconds to wait for each part of the exchange. Raises OSError: the request may have been carried out.
    """
    place = urlsplit(url)
    target = place.path + (f"?{place.query}" if place.query else "")
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    lines += [f"content-length: {len(body)}", "", ""]
    text, ends = "\r\n".join(lines), len(lines) - 1
    if " " in target or not text.isascii() or "\0" in text or not text.count("\r") == text.count("\n") == ends:
        raise ValueError("the URL or a header holds what none may hold")
    head = text.encode()
    server = f"{place.scheme}://{place.netloc}"
    connection = _open(server) or Connection(place)
    try:
        connection.sock.settimeout(patience)
        connection.send(head, body)
        answer, stays = connection.receive()
    except BaseException:  # whatever it was, half of an answer may still be on its way
        connection.close()
        # Lambda freezes a function for minutes: what has gone stale then is all that was open, and repeats are few.
        while spare := _open(server):
            spare.close()
        raise
    if stays:
        _idle.setdefault(server, []).append(connection)
    else:
        connection.close()
    return answer


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
