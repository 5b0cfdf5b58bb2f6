"""The lock for computing the boards: one run holds it at a time, and the next run learns what a failed run left behind.

The lock item names its holder: the version that the run writes. A run that succeeds deletes the item. A run that fails
releases it, a run that dies holds it until its lease expires; in both cases the next run finds in it which version was
started, and deletes its files.
"""

from dataclasses import dataclass

from laurels import keys, table, telemetry
from laurels.errors import Unavailable
from laurels.table import ConditionFailed
from laurels.writes import ABSENT, Delete, Item, Put

# More than the function's time-out, so that its holder is dead by then; less than the schedule's interval, so that the
# next run can take over.
LEASE_SECONDS = 870


@dataclass(frozen=True, slots=True)
class Lease:
    """`begun` are the versions of failed runs whose files may still exist."""

    version: str
    begun: list[str]


def take(version: str, now: int) -> Lease | None:
    """Take the lock for writing a version. Returns None if another run holds it. `now` is epoch milliseconds."""
    found = table.get(keys.boards_lock(), consistent=True)
    if found and found["until"] > now:
        return None
    lease = Lease(version, [*found["begun"], found["holder"]] if found else [])
    try:
        table.write(Put(_item(lease, now, LEASE_SECONDS), when={"holder": found["holder"]} if found else ABSENT))
    except ConditionFailed as failure:  # another run was first, unless our own write was retried
        return lease if failure.item and failure.item["holder"] == version else None
    return lease


def finish(lease: Lease) -> None:
    """Release the lock after a run that has cleaned up."""
    _try(Delete(keys.boards_lock(), when={"holder": lease.version}))


def abandon(lease: Lease, now: int) -> None:
    """Release the lock after a failed run: the next run cleans up."""
    _try(Put(_item(lease, now, 0), when={"holder": lease.version}))


def _item(lease: Lease, now: int, seconds: int) -> Item:
    return {
        **keys.boards_lock()._asdict(),
        "v": 1,
        "holder": lease.version,
        "until": now + seconds * 1000,
        "begun": lease.begun,
    }


def _try(change: Put | Delete) -> None:
    try:
        table.write(change)
    except ConditionFailed:
        pass  # the write was retried, or the lease had expired and another run holds the lock
    except Unavailable:
        telemetry.logger.warning("The lock of the boards stays until its lease expires.")
