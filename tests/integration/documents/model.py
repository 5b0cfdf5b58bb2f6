"""A stand-in for Bedrock: an HTTP server that answers Converse as a test's model says."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote

Request = dict[str, Any]
GOOD: dict[str, Any] = {"score": 82, "matches": ["Python"], "recommendation": "Invite her.", "verdict": "good match"}


class Refusal(Exception):
    """Bedrock refuses the request with this status and error."""


def filled(answer: Any, name: str = "report_match") -> list[dict[str, Any]]:
    """The content of a model's message that fills in the form."""
    return [{"toolUse": {"toolUseId": "t", "name": name, "input": answer}}]


class Model:
    """`answers` are the contents of the next messages, or a Refusal; `asked` are the requests so far."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.answers: list[list[dict[str, Any]] | Refusal] = []
        self.meanwhile: Callable[[Request], object] = lambda _: None

    def say(self, *answers: Any) -> None:
        self.answers += [each if isinstance(each, list | Refusal) else filled(each) for each in answers]

    def answer(self, request: Request) -> list[dict[str, Any]]:
        self.asked.append(request)
        said = self.answers.pop(0)
        self.meanwhile(request)
        if isinstance(said, Refusal):
            raise said
        return said


@contextmanager
def serving(model: Model) -> Iterator[str]:
    """Serve the model; yield the endpoint's URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            request = body | {"path": unquote(self.path), "authorization": self.headers["authorization"]}
            try:
                message = {"role": "assistant", "content": model.answer(request)}
            except Refusal as refusal:
                status, error = refusal.args
                self._send(status, {"message": "no"}, {"x-amzn-ErrorType": error})
            else:
                usage = {"inputTokens": 100, "outputTokens": 20, "totalTokens": 120}
                found = {"output": {"message": message}, "stopReason": "tool_use", "usage": usage}
                self._send(200, found | {"metrics": {"latencyMs": 1}}, {})

        def _send(self, status: int, body: Any, headers: dict[str, str]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
