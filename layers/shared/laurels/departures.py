"""Members who leave a group: one of them, or all when the group is deleted.

No room of its own, because the queue of erasures finishes deletions of groups that are interrupted.
"""

from collections.abc import Sequence

from laurels import keys, settings, table
from laurels.retries import Again, retrying
from laurels.writes import ABSENT, PRESENT, Check, Delete, Item, Update, Write

# Members that one transaction of 100 writes removes, at three writes each beside the group's own.
_AT_ONCE = 33


def leaving(group_id: str, members: Sequence[tuple[Item, Item | None]]) -> list[Write]:
    """Return the writes that remove these members, each given with the item that counts the user's groups. An erasure
    that is under way may have deleted that item already. If it was read just before the member joined, the write fails,
    because reads of several items are no snapshot."""
    changes: list[Write] = [Update(keys.group(group_id), add={"members_count": -len(members)}, when=PRESENT)]
    for member, count in members:
        user_id = member["user_id"]
        changes.append(Delete(keys.group_member(group_id, user_id), when=PRESENT))
        changes.append(Delete(keys.membership(user_id, group_id)))
        counted = keys.memberships(user_id)
        changes.append(Update(counted, add={"groups_count": -1}, when=PRESENT) if count else Check(counted, ABSENT))
    return changes


def finish(group_id: str) -> None:
    """Remove all members of a group that is marked as deleted, and then the group. Other groups stay as they are."""

    def attempt() -> None:
        (group,) = table.get_many([keys.group(group_id)], consistent=True)
        if group is None or "deleted_at" not in group:
            return
        members = table.query(keys.group_member(group_id), limit=_AT_ONCE, consistent=True).items
        if not members:
            table.write(Delete(keys.group(group_id)))
            return
        counts = table.get_many([keys.memberships(each["user_id"]) for each in members], consistent=True)
        table.write(*leaving(group_id, list(zip(members, counts, strict=True))))
        raise Again

    retrying(attempt, settings.seconds("IMPORT_SECONDS"))
