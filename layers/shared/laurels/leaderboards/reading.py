"""Reading the standings of one partition into tallies, and reminding the users whose streaks end at midnight."""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from laurels.events import at_risk
from laurels.leaderboards import rules
from laurels.leaderboards.tally import Tally
from laurels.leaderboards.versions import Run
from laurels.people import service as people
from laurels.standings import service as standings

# A standing has at most 1 KB, or 2 with own metrics, and an eventually consistent read unit covers 8 KB.
_KILOBYTES_PER_UNIT = 8


class Segment(NamedTuple):
    """Some standings of one partition, in the order of user ids. `all_reminded`: all reminders are published."""

    tally: Tally
    read_units: int
    all_reminded: bool


def empty_tally(run: Run) -> Tally:
    return Tally(people.default_listing(), rules.Today.of(run.now), run.own)


def segments(partition: int, run: Run, watch: at_risk.Watch, most: int | None = None) -> Iterator[Segment]:
    """Yield all standings of a partition, in segments of at most `most` (None: one segment of all)."""
    contests = standings.shard(partition)
    while True:
        tally, kilobytes, found = empty_tally(run), 0, []
        for contest in islice(contests, most):
            tally.add(contest)
            if user := watch.look(contest):
                found.append(user)
            kilobytes += 2 if "om" in contest.item else 1
        if not kilobytes:
            return
        yield Segment(tally, -(-kilobytes // _KILOBYTES_PER_UNIT), at_risk.publish(found, run.now))
