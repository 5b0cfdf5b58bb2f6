"""State machine BoardsMachine, MergeRange: merges one range of a board."""

from typing import Any

from laurels.leaderboards import distributed
from laurels.leaderboards.versions import Run


def handler(event: dict[str, Any], _context: Any) -> None:
    distributed.merge_range(Run(*event["run"]), *event["range"])
