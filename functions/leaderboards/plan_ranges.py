"""State machine BoardsMachine, PlanRanges: cuts all boards into ranges."""

from typing import Any

from laurels.leaderboards import distributed
from laurels.leaderboards.incremental import RankedPartition
from laurels.leaderboards.versions import Run


def handler(event: dict[str, Any], _context: Any) -> list[tuple[str, int]]:
    partitions = (RankedPartition(*each) for each in event["fresh"] + event["kept"])
    return distributed.plan_ranges(Run(*event["run"]), partitions)
