"""Runs that are kept: the state machine reads no partition again that nothing has changed.

The runs of a partition depend on its standings and on the UTC date (`rules.Today`), on nothing else. A version has a
list of the runs that it was made of, some of them written by versions before. The next run keeps a partition's runs and
does not read it, unless

- a mark says that it may have changed since it was read (standings/marks.py),
- it was read on another UTC date: once a day everything is read,
- an evening has come on which one of its users may have to be reminded, or a reminder was not published,
- the runs were made for other boards or settings, or are missing.

Reading a partition that has no mark proves that marks are not lost: the new runs must equal those before, but for
streaks and the windows of week and month. If they differ, and there is no mark by the next run either, the reading has
repaired the boards, which counts as `BoardsRepaired`. The list takes effect with the pointer to its version, so a run
that dies changes nothing; what no list names is deleted.
"""

import json
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import NamedTuple

from laurels import clock, keys, settings, storage, telemetry
from laurels.leaderboards import versions
from laurels.leaderboards.reading import empty_tally
from laurels.leaderboards.versions import Run
from laurels.people import service as people
from laurels.standings import marks
from laurels.standings import service as standings

FORMAT = 2  # raise it when the runs of the same standings change: other columns, records, segments or scores
_PROVEN = 36 * 3600 * 1000  # milliseconds: after a longer pause, runs are not compared with those before


class RankedPartition(NamedTuple):
    """The sorted runs of one partition of standings. It is JSON as a list."""

    partition: int
    version: str  # that was being written when they were
    now: int  # epoch milliseconds: the partition was read then or later
    segments: int
    made_for: str  # see `made_for`
    look_at: int | None  # epoch milliseconds: the next evening on which users may have to be reminded
    all_reminded: bool
    digest: str  # of what does not depend on the date
    differs: int = 0  # epoch milliseconds: since this reading, something has changed without a mark; 0: no

    def names(self) -> list[str]:
        """Return the names of the objects with the runs; what is known of each is in another, `name`.json."""
        return [run_name(self.version, self.partition, number + 1) for number in range(self.segments)]


Choice = tuple[int, RankedPartition | None]  # a partition to read, and the runs that the new ones must equal


def run_name(version: str, partition: int, segment: int) -> str:
    return keys.boards_runs(version, f"{partition:02d}-{segment}")


def choose(run: Run) -> tuple[list[Choice], list[RankedPartition]]:
    """Return the partitions to read, and the runs to keep. Counts what the run before has repaired."""
    known, marked = _known(run), marks.read()
    present = set(storage.names(keys.boards_runs())) if known else set()
    read: list[Choice] = []
    kept: list[RankedPartition] = []
    for partition in standings.shards():
        before = known.get(partition)
        if before and before.differs and not marks.is_marked(marked, partition, before.differs):
            telemetry.logger.warning("A full read has repaired boards: a change had no mark.", partition=partition)
            telemetry.count("BoardsRepaired")
        if before is None or marks.is_marked(marked, partition, before.now):
            read.append((partition, None))
        elif _is_due(before, run.now) or not present.issuperset(_objects(before)):
            read.append((partition, before))
        else:
            kept.append(before._replace(differs=0))
    telemetry.count("BoardsPartitionsKept", len(kept))
    return read, kept


def compared(found: RankedPartition, before: RankedPartition | None) -> RankedPartition:
    """Return the new runs of a partition, which say whether they differ from those that they must equal."""
    differs = before is not None and before.digest != found.digest
    return found._replace(differs=before.now if before and differs else 0)


def made_for(run: Run) -> str:
    """Return a hash of all that the runs of the same standings depend on, as this function has it in its code and
    settings."""
    what = [FORMAT, settings.text("TABLE_NAME"), len(standings.shards()), people.default_listing()]
    what += empty_tally(run).boards()
    return blake2b(json.dumps(what).encode(), digest_size=8).hexdigest()


def write(version: str, runs: Sequence[RankedPartition]) -> None:
    """Write the list of the runs that a version is made of."""
    versions.put_json(keys.boards_file(version, "runs"), runs)


def remove_others(version: str) -> None:
    """Delete the runs that are older than this version, which has been published, and not on its list."""
    named = {name for each in _read(version) for name in _objects(each)}
    beginning = keys.boards_runs(version)
    # A run that is newer belongs to an execution that has begun meanwhile.
    versions.delete(name for name in storage.names(keys.boards_runs()) if name < beginning and name not in named)


def _is_due(before: RankedPartition, now: int) -> bool:
    another_day = clock.utc_date(before.now) != clock.utc_date(now)
    return another_day or not before.all_reminded or (before.look_at is not None and before.look_at <= now)


def _known(run: Run) -> dict[int, RankedPartition]:
    """Return the runs of the newest version by partition, if they would be made in the same way now."""
    runs, wanted = _read(run.kept[-1]) if run.kept else [], made_for(run)
    return {each.partition: each for each in runs if each.made_for == wanted and run.now - each.now < _PROVEN}


def _objects(runs: RankedPartition) -> Iterable[str]:
    return (each for name in runs.names() for each in (name, f"{name}.json"))


def _read(version: str) -> list[RankedPartition]:
    return [RankedPartition(*each) for each in json.loads(storage.get(keys.boards_file(version, "runs")) or b"[]")]
