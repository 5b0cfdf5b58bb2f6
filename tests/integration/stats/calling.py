"""Call endpoints in process, with a function's sample event and a test's changes to it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

EVENTS = Path(__file__).parents[3] / "events"


class Answer(NamedTuple):
    status: int
    body: Any


def call(
    handler: Callable[[Any, Any], Mapping[str, Any]],
    *,
    path: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    caller: Mapping[str, str] | None = None,
    body: Any = None,
) -> Answer:
    """`caller` is the authorizer's context (`sub`, `scope`, `roles`), None for a request without a token."""
    room, name = handler.__self__.route.function.__module__.split(".")  # type: ignore[attr-defined]  # a handler is a bound method
    event = json.loads((EVENTS / room / f"{name}.json").read_text())
    event["requestContext"].pop("authorizer", None)
    if caller is not None:
        event["requestContext"]["authorizer"] = {"lambda": caller}
    if path is not None:
        event["pathParameters"] = path
        event["rawPath"] = f"{event['rawPath']}?{sorted(path.items())}"  # any that tells one document from another
    event["queryStringParameters"] = query
    if body is not None:
        event["body"] = json.dumps(body)
    answer = handler(event, None)
    return Answer(answer["statusCode"], json.loads(answer["body"]))
