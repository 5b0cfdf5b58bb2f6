"""A server that sends prepared bytes, and a function that sends it a request."""

import socket
import ssl
import threading

from laurels.aws import connections
from laurels.aws.connections import Response

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
TIMEOUT = 60.0


class Server:
    """Sends prepared responses, whatever the request is. `answers` holds, for each connection, its responses; each
    response is a list of pieces that are sent one by one. After the last response it closes the connection."""

    def __init__(self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket, self._tls = socket.create_server((host, 0), family=family), tls
        self.port = int(self._socket.getsockname()[1])
        self.url = f"{'https' if tls else 'http'}://{f'[{host}]' if ':' in host else host}:{self.port}/"
        self.answers: list[list[list[bytes]]] = []
        self.requests: list[bytes] = []
        self.connections = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            try:
                with self._tls.wrap_socket(plain, server_side=True) if self._tls else plain as connection:
                    self._answer(connection)
            except OSError:  # the client closed the connection
                plain.close()

    def _answer(self, connection: socket.socket) -> None:
        for pieces in self.answers.pop(0) if self.answers else []:
            self.requests.append(_request(connection))
            for piece in pieces:
                connection.sendall(piece)

    def close(self) -> None:
        """Stop the server, and close idle connections to it: a later server may get the same port."""
        for each in connections._idle.pop(self.url.rstrip("/"), []):
            each.close()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


def _request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536) or _gone()
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536) or _gone()
    return head + b"\r\n\r\n" + body


def _gone() -> bytes:
    raise ConnectionError


def idle(server: Server) -> list[connections.Connection]:
    """Return the idle connections to the server. Their list is private, because only tests look at it."""
    return connections._idle.get(server.url.rstrip("/"), [])


def ask(server: Server, *pieces: bytes, timeout: float = TIMEOUT) -> Response:
    """Send a request that is answered with these pieces, after which the server closes the connection."""
    server.answers.append([list(pieces)])
    return connections.request("POST", server.url, {"host": "here"}, b"", timeout)
