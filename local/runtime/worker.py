"""The child process of one warm function: AWS's own runtime loop, fed over a socket by the pool that started it.

Run as a script, never imported by a function. It needs only the standard library and awslambdaric.
Frames: two big-endian lengths, a JSON header, then the payload as Lambda would carry it.
"""

import json
import os
import queue
import socket
import struct
import sys
import threading
from typing import Any, NamedTuple

_LENGTHS = struct.Struct(">II")


class Frame(NamedTuple):
    header: dict[str, Any]
    payload: bytes


def send(connection: socket.socket, header: dict[str, Any], payload: bytes = b"") -> None:
    head = json.dumps(header).encode()
    connection.sendall(_LENGTHS.pack(len(head), len(payload)) + head + payload)


def receive(connection: socket.socket) -> Frame:
    """The next frame. EOFError when the other side has gone; TimeoutError by the socket's own limit."""
    head, payload = _LENGTHS.unpack(_exactly(connection, _LENGTHS.size))
    return Frame(json.loads(_exactly(connection, head)), _exactly(connection, payload))


def _exactly(connection: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = connection.recv(min(size - len(parts), 1 << 20))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


class RuntimeClient:
    """What awslambdaric asks of its runtime API (awslambdaric.lambda_runtime_client), over the socket."""

    def __init__(self, connection: socket.socket) -> None:
        # Only the child needs these: the parent imports this module for its frames.
        from awslambdaric.lambda_runtime_client import InvocationRequest
        from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller

        self.marshaller = LambdaMarshaller()
        self._request = InvocationRequest
        self._connection = connection
        self._inbox: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        self._ready = False
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        try:
            while True:
                self._inbox.put(receive(self._connection))
        except (EOFError, OSError):
            os._exit(0)  # the pool has gone, or wants this process gone, even in the middle of a handler

    def wait_next_invocation(self) -> Any:
        if not self._ready:
            self._ready = True
            send(self._connection, {"kind": "ready"})
        header, payload = self._inbox.get()
        return self._request(
            invoke_id=header["request_id"],
            x_amzn_trace_id=header["trace_id"],
            invoked_function_arn=header["arn"],
            deadline_time_in_ms=header["deadline"],
            client_context=None,
            cognito_identity=None,
            tenant_id=None,
            content_type="application/json",
            event_body=payload,
            invocation_id=None,
        )

    def post_invocation_result(self, invoke_id: str, result_data: str | bytes, *_: Any) -> None:
        payload = result_data.encode() if isinstance(result_data, str) else result_data
        send(self._connection, {"kind": "result", "request_id": invoke_id}, payload)

    def post_invocation_error(self, invoke_id: str, error_response_data: str, *_: Any) -> None:
        send(self._connection, {"kind": "error", "request_id": invoke_id}, error_response_data.encode())

    def post_init_error(self, error_response_data: dict[str, Any], *_: Any) -> None:
        send(self._connection, {"kind": "init_error"}, json.dumps(error_response_data).encode())


def main() -> None:
    descriptor, handler = int(sys.argv[1]), sys.argv[2]
    from awslambdaric import bootstrap  # here, for the same reason as above

    bootstrap.run(handler, RuntimeClient(socket.socket(fileno=descriptor)))


if __name__ == "__main__":
    main()
