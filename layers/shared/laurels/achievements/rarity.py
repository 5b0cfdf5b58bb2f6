"""Rarity: how many users have earned each achievement, counted once a day and stored in the definitions.

A counter that each award increments would be written by all awards of an achievement at once, and a consumer of the
stream would count a repeated change twice. So the awards themselves are counted: one Query for each user whose standing
says that there are some. Readers of the catalogue need no further request.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from laurels import clock, keys, table, telemetry
from laurels.achievements import rules
from laurels.standings import in_force
from laurels.standings import service as standings
from laurels.standings.models import SCORED, Board
from laurels.writes import PRESENT, Update

_READERS = 16
_ACHIEVEMENTS = SCORED.index(Board.ACHIEVEMENTS)


def count() -> dict[str, Any]:
    """Count the users who have earned each achievement, and store the counts in the definitions. A repetition counts
    anew; a run that fails leaves the counts of the day before where it did not get."""
    users, earned = 0, Counter[str]()
    with ThreadPoolExecutor(_READERS) as pool:
        for found, codes in pool.map(_count_in, standings.shards()):
            users += found
            earned += codes
    counted_at, achievements = clock.iso(clock.now()), 0
    for item in table.query_all(keys.achievement()):
        stored = rules.rarity(earned[item["code"]], users, counted_at)
        # The revision stays: a count is no edit, so an administrator's `If-Match` still holds.
        table.write(Update(keys.achievement(item["code"]), set={"rarity": stored}, when=PRESENT))
        achievements += 1
    if achievements:  # readers that hold definitions see all counts at once
        table.write(*in_force.change_of_catalogue())
    telemetry.logger.info("Awards are counted.", users=users, achievements=achievements)
    return {"users": users, "achievements": achievements}


def _count_in(shard: int) -> tuple[int, Counter[str]]:
    """Return how many users a partition of standings has, and how many of them have earned each achievement."""
    users, earned = 0, Counter[str]()
    for contest in standings.shard(shard):
        users += 1
        if contest.scores[_ACHIEVEMENTS][0]:
            awards = table.query_all(keys.award(contest.user_id))
            earned.update(award["code"] for award in awards if rules.is_of_catalogue(award))
    return users, earned
