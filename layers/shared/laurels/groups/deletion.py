"""Deleting a group with all memberships: to the end, even if the process that began dies.

A message on the queue of erasures is sent before the group is marked as deleted, and is delivered after the process has
ended. It finds nothing to do if the process has removed everything, or has marked nothing.
"""

from laurels import clock, departures, keys, queues, settings, table
from laurels.callers import Caller
from laurels.groups import rules
from laurels.groups.rules import Act
from laurels.privacy.models import GroupDeletion
from laurels.retries import retrying
from laurels.revisions import require_match
from laurels.writes import Update


def delete(group_id: str, expected: int | None, caller: Caller) -> None:
    """Delete the group with all memberships. `expected` is the revision of `If-Match`. Raises NotFound, Forbidden and
    Stale.

    The first write makes the group vanish for everybody; then its members are removed. If that is interrupted, a
    repeated deletion goes on at once, and the message later.
    """
    begun = False

    def mark() -> None:
        nonlocal begun
        group, own = table.get_many([keys.group(group_id), keys.group_member(group_id, caller.sub)], consistent=True)
        if begun and (group is None or "deleted_at" in group):  # by an attempt whose response was lost
            return
        if group and "deleted_at" in group and rules.may(Act.DELETE, caller, own):
            return
        rev = rules.require(Act.DELETE, caller, group, own)["rev"]
        require_match(expected, rev)
        if not begun:
            message = GroupDeletion(group_id=group_id).model_dump_json()
            queues.send_later(settings.text("ERASURES_QUEUE_URL"), message, settings.seconds("SETTLE_SECONDS"))
            begun = True
        now = clock.iso(clock.now())
        table.write(Update(keys.group(group_id), set={"deleted_at": now}, when={"rev": rev, "deleted_at": None}))

    retrying(mark)
    departures.finish(group_id)
