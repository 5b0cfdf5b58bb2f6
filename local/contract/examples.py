"""Examples for the contracts: what clients send is in the sample events of events/, and what functions answer and
publish to them is in examples.json, which a test writes and compares (tests/integration/contract)."""

import json
from functools import cache
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).parents[2] / "events"
FILE = Path(__file__).parent / "examples.json"


@cache
def known() -> dict[str, dict[str, Any]]:
    """Return `answers`, by operation id, status and media type; and `events`, by the name of their type."""
    found: dict[str, dict[str, Any]] = json.loads(FILE.read_bytes()) if FILE.exists() else {}
    return {"answers": {}, "events": {}} | found


def answer(operation: str, status: int, media: str) -> dict[str, Any]:
    """Return the example of an answer as a member of its media type; empty if there is none."""
    found = known()["answers"].get(operation, {}).get(str(status), {})
    return {"example": found[media]} if media in found else {}


def request(room: str, operation: str) -> dict[str, Any]:
    """Return the example of a body as a member of its media type; empty if the sample event has no body."""
    body = json.loads((EVENTS / room / f"{operation}.json").read_bytes()).get("body", "")
    return {"example": json.loads(body)} if body else {}
