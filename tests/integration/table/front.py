"""A proxy in front of DynamoDB that injects network faults."""

import json
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import urllib3

# A behaviour: how a front handles one request.
Behaviour = Callable[["_Handler", bytes], None]


class Front(ThreadingHTTPServer):
    """Forwards requests to DynamoDB. `script` lists the behaviours for the first requests, one each."""

    daemon_threads = True

    def __init__(self, upstream: str):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = upstream
        self.script: list[Behaviour] = []
        self.seen: list[str] = []  # the operations, one for each try of the SDK
        self.forwarded = threading.Semaphore(0)  # released for each request that `stay_silent` has forwarded
        self.ended = threading.Event()
        self.pool = urllib3.PoolManager()
        self.broken: list[BaseException | None] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        self.broken.append(sys.exception())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Front

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append(self.headers["X-Amz-Target"].partition(".")[2])
        behave = self.server.script.pop(0) if self.server.script else _pass_on
        behave(self, body)

    def log_message(self, *_: Any) -> None:
        """Log nothing."""

    def ask_dynamodb(self, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        """Forward a request; return DynamoDB's status, body and checksum header."""
        answer = self.server.pool.request("POST", self.server.upstream, body=body, headers=dict(self.headers))
        crc = answer.headers.get("x-amz-crc32")
        return answer.status, answer.data, {"x-amz-crc32": crc} if crc else {}

    def reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _pass_on(handler: _Handler, body: bytes) -> None:
    handler.reply(*handler.ask_dynamodb(body))


def lose_request(handler: _Handler, body: bytes) -> None:
    """Close the connection without forwarding the request."""
    handler.close_connection = True


def lose_answer(handler: _Handler, body: bytes) -> None:
    """Forward the request, then close the connection without a response."""
    handler.ask_dynamodb(body)
    handler.close_connection = True


def cut_answer(handler: _Handler, body: bytes) -> None:
    """Forward the request, and send half of the response."""
    status, answer, checksum = handler.ask_dynamodb(body)
    handler.reply(status, answer[: len(answer) // 2], {"Content-Length": str(len(answer)), **checksum})
    handler.close_connection = True


def garble_answer(handler: _Handler, body: bytes) -> None:
    """Forward the request, and corrupt the response."""
    status, answer, checksum = handler.ask_dynamodb(body)
    handler.reply(status, answer + b" ", checksum)


def stay_silent(handler: _Handler, body: bytes) -> None:
    """Forward the request, and send no response until the test ends."""
    handler.ask_dynamodb(body)
    handler.server.forwarded.release()
    handler.server.ended.wait()
    handler.close_connection = True


def reply(status: int, body: bytes) -> Behaviour:
    return lambda handler, _: handler.reply(status, body, {})


def refuse(status: int, code: str, **more: Any) -> Behaviour:
    """An error in DynamoDB's format."""
    error = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "as the test wants", **more}
    return reply(status, json.dumps(error).encode())
