"""Up to when the standings of each partition may have changed: what was read later need not be read again.

The publisher of the table's stream sees every change. It marks the partition: "changed until" the time of the change
and AHEAD, so that the changes of the next minutes need no write. A mark only ever grows, whoever writes it and in
whatever order. So a change that the stream delivers late is never lost: its time is later than that of any reading
that missed it, and the mark says so as soon as it is written.
"""

from collections.abc import Iterable

from laurels import keys, settings, table
from laurels.keys import Key
from laurels.table import ConditionFailed
from laurels.writes import Below, Put

AHEAD = 5 * 60 * 1000  # milliseconds by which a mark is later than the change
# Milliseconds between the clocks of readers and of the stream, whose times are whole seconds; also the time in which a
# change reaches all replicas that eventually consistent reads use.
MARGIN = 60 * 1000

_marked: dict[tuple[str, int], int] = {}  # by table and partition: the latest mark that this process knows


def mark(changed: Iterable[tuple[Key, int]]) -> None:
    """Mark the partitions of changed standings. `changed` are keys of items of any kind, with the times of their
    changes (epoch milliseconds). Writes only what this process does not know to be marked."""
    latest: dict[int, int] = {}
    for key, at in changed:
        partition = keys.shard_of(key)
        if partition is not None:
            latest[partition] = max(at, latest.get(partition, 0))
    name = settings.text("TABLE_NAME")
    for partition, at in latest.items():
        if at > _marked.get((name, partition), 0):
            _marked[name, partition] = _mark(partition, at + AHEAD)


def read() -> dict[int, int]:
    """Return up to when each partition may have changed (epoch milliseconds); never, if it is not there."""
    found = table.query_all(keys.standings_changed(), consistent=True)
    return {item["partition"]: item["until"] for item in found}


def is_marked(marked: dict[int, int], partition: int, since: int) -> bool:
    """True if the partition may have changed since a reading that began then (epoch milliseconds)."""
    return marked.get(partition, 0) >= since - MARGIN


def _mark(partition: int, until: int) -> int:
    """Write a mark. Return it, or the later one of another process."""
    key = keys.standings_changed(f"{partition:02d}")
    item = {**key._asdict(), "v": 1, "partition": partition, "until": until}
    try:
        table.write(Put(item, when={"until": Below(until)}))
    except ConditionFailed as failure:  # it is there already, by another process or by our own write that was retried
        return int((failure.item or item)["until"])
    return until
