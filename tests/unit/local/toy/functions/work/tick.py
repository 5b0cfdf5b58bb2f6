"""Run on a schedule and return the event."""

from typing import Any


def handler(event: Any, context: Any) -> Any:
    return {"saw": event}
