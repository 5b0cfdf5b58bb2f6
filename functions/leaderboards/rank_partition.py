"""State machine BoardsMachine, RankPartition: ranks the users of one partition of standings."""

from typing import Any

from laurels.leaderboards import distributed
from laurels.leaderboards.versions import Run


def handler(event: dict[str, Any], _context: Any) -> int:
    return distributed.rank_partition(Run(*event["run"]), event["partition"])
