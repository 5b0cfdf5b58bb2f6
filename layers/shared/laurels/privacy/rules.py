"""How erasures and exports are shown. `now` is epoch milliseconds."""

from datetime import timedelta

from laurels import clock
from laurels.privacy.models import Erasure, ErasureStatus, ExportStatus, Kind
from laurels.writes import Item

# How long copies outlive an erasure: four versions of the leaderboards and the run that replaces the last of them
# (every 15 minutes), the retention of dead letters, and the period of point-in-time recovery.
BOARDS, DEAD_LETTERS, BACKUPS = timedelta(minutes=75), timedelta(days=14), timedelta(days=35)
# An export's message is given up after five receives, 6 minutes apart.
_ABANDONED = 60 * 60 * 1000  # milliseconds

COUNTED, SEEN = "removed_", "seen_"  # the beginnings of an erasure's attributes; a kind follows


def removed(erasure: Item) -> dict[str, int]:
    """Return how much of each kind a pending erasure has deleted: items are counted, objects listed."""
    items = {name.removeprefix(COUNTED): count for name, count in erasure.items() if name.startswith(COUNTED)}
    objects = {name.removeprefix(SEEN): len(seen) for name, seen in erasure.items() if name.startswith(SEEN)}
    return dict(sorted((items | objects).items()))


def receipt(erasure: Item) -> Erasure:
    """Return an erasure as clients get it."""
    done = ErasureStatus(erasure["status"]) is ErasureStatus.DONE
    counts = erasure["removed"] if done else removed(erasure)
    gone = clock.iso(clock.moment(erasure["done_at"]) + max(BOARDS, DEAD_LETTERS, BACKUPS)) if done else None
    return Erasure(
        erasure_id=erasure["erasure_id"],
        status=erasure["status"],
        requested_at=erasure["requested_at"],
        removed={Kind(name): count for name, count in counts.items()},
        done_at=erasure.get("done_at"),
        last_copy_gone_at=gone,
    )


def export_status(export: Item, now: int) -> ExportStatus:
    """Return the status of an export by now."""
    status = ExportStatus(export["status"])
    if status is ExportStatus.PENDING and now - clock.ms_of(export["requested_at"]) > _ABANDONED:
        return ExportStatus.FAILED
    if status is ExportStatus.READY and now >= clock.ms_of(export["gone_at"]):
        return ExportStatus.EXPIRED
    return status
