"""A stand-in for a model, behind the emulator's Bedrock: it fills in the form that it gets, by matching keywords.

The emulator passes what it is asked (Converse) on in the form of OpenAI's API.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from local.ai import matching
from tests.servers import Handler, serving

_TEXTS = re.compile(
    r"<requirements-(\w+)>\n(?P<requirements>.*)\n</requirements-\1>\n<resume-\1>\n(?P<resume>.*)\n</resume-\1>",
    re.DOTALL,
)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Return the response to a chat completion that must call the only tool. Any other request is an error."""
    instructions, question = request["messages"]
    (form,) = (tool["function"] for tool in request["tools"])
    texts = _TEXTS.fullmatch(question["content"])
    assert texts
    assert (instructions["role"], question["role"], request["temperature"]) == ("system", "user", 0)
    assert request["tool_choice"] == {"type": "function", "function": {"name": form["name"]}}
    filled = matching.match(texts["resume"], texts["requirements"])
    assert filled.keys() == form["parameters"]["properties"].keys()
    call = {"id": "1", "type": "function", "function": {"name": form["name"], "arguments": json.dumps(filled)}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    return {"choices": [{"message": message}], "usage": {"prompt_tokens": 100, "completion_tokens": 20}}


@contextmanager
def answering() -> Iterator[str]:
    """Serve the model; yield the server's URL. A request that it does not understand has no response."""

    class Completions(Handler):
        def do_POST(self) -> None:  # noqa: N802 - http.server looks for this name
            self.respond(answer(json.loads(self.body())))

    with serving(Completions) as url:
        yield url
