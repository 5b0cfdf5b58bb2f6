"""State machine BoardsMachine, RankPartition: ranks the users of one partition of standings."""

from typing import Any

from laurels.leaderboards import distributed
from laurels.leaderboards.incremental import RankedPartition
from laurels.leaderboards.versions import Run


def handler(event: dict[str, Any], _context: Any) -> RankedPartition:
    partition, before = event["partition"]
    return distributed.rank_partition(Run(*event["run"]), partition, RankedPartition(*before) if before else None)
