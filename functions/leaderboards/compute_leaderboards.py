"""Schedule, every 15 minutes: computes all boards and the summary, or starts the state machine that does."""

from typing import Any

from laurels.leaderboards import computing


def handler(_event: dict[str, Any], _context: Any) -> dict[str, Any]:
    return computing.compute()
