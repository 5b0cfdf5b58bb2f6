"""State machine BoardsMachine, PublishBoards: completes a version of the boards, and moves the pointer to it."""

from typing import Any

from laurels.leaderboards import distributed
from laurels.leaderboards.versions import Run


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    return distributed.publish_boards(Run(*event["run"]), event["boards"])
