"""Runs on a schedule: returns the event."""

from typing import Any


def handler(event: Any, context: Any) -> Any:
    return {"saw": event}
