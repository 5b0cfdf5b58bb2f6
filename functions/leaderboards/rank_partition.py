"""State machine BoardsMachine, RankPartition: ranks the users of one partition of standings."""

from typing import Any

from laurels.leaderboards import distributed
from laurels.leaderboards.incremental import Runs
from laurels.leaderboards.versions import Run


def handler(event: dict[str, Any], _context: Any) -> Runs:
    partition, before = event["partition"]
    return distributed.rank_partition(Run(*event["run"]), partition, Runs(*before) if before else None)
