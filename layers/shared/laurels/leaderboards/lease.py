"""The right to compute the boards: one run has it at a time, and what died runs have left behind is known.

The lock item names its holder: the version that the run writes. A run that ends well removes the item. One that fails
lets go of it, one that dies keeps it until its lease ends; in both cases the next run finds there which version was
begun, and takes its files away.
"""

from dataclasses import dataclass

from laurels import keys, table, telemetry
from laurels.errors import Unavailable
from laurels.table import ConditionFailed
from laurels.writes import ABSENT, Delete, Item, Put

# More than the function's time-out, so that who held it is dead by then; less than the schedule's interval, so that the
# next run can take over.
LEASE_SECONDS = 870


@dataclass(frozen=True, slots=True)
class Lease:
    """`begun` are the versions of runs that did not end well, as far as they may have left files."""

    version: str
    begun: list[str]


def take(version: str, now: int) -> Lease | None:
    """The right to write that version; None if another run has it. `now` is epoch milliseconds."""
    found = table.get(keys.boards_lock(), consistent=True)
    if found and found["until"] > now:
        return None
    lease = Lease(version, [*found["begun"], found["holder"]] if found else [])
    try:
        table.write(Put(_item(lease, now, LEASE_SECONDS), when={"holder": found["holder"]} if found else ABSENT))
    except ConditionFailed as failure:  # another run was first, unless our own write was repeated
        return lease if failure.item and failure.item["holder"] == version else None
    return lease


def finish(lease: Lease) -> None:
    """Gives it back after a run that has cleaned up."""
    _try(Delete(keys.boards_lock(), when={"holder": lease.version}))


def abandon(lease: Lease, now: int) -> None:
    """Gives it back after a run that failed: the next one cleans up."""
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
        pass  # it is gone: the write was repeated, or the lease had ended and another run has taken it
    except Unavailable:
        telemetry.logger.warning("The lock of the boards stays until its lease ends.")
