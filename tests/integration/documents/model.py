"""A stand-in for Bedrock: an HTTP server that answers Converse as a test's model says."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

from tests import servers
from tests.servers import Handler

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

    class Bedrock(Handler):
        def do_POST(self) -> None:  # noqa: N802 - http.server looks for this name
            request = json.loads(self.body()) | {
                "path": unquote(self.path),
                "authorization": self.headers["authorization"],
            }
            try:
                message = {"role": "assistant", "content": model.answer(request)}
            except Refusal as refusal:
                status, error = refusal.args
                self.respond({"message": "no"}, status, {"x-amzn-ErrorType": error})
            else:
                usage = {"inputTokens": 100, "outputTokens": 20, "totalTokens": 120}
                found = {"output": {"message": message}, "stopReason": "tool_use", "usage": usage}
                self.respond(found | {"metrics": {"latencyMs": 1}})

    with servers.serving(Bedrock) as url:
        yield url
