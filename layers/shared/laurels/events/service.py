"""Publishing: each change in the table's stream becomes its events on the bus, so that no writer writes twice.

An event is published at least once, always under the same id. A change whose events the bus does not take fails, and
the stream delivers it again, with all that follow. A change of which no event can be made would fail for ever: it is
parked, without its content, and blocks no other.

Where boards are computed incrementally, it first marks the partitions of standings that have changed (see
standings/marks.py). A failure delivers the whole batch again.
"""

import json
from collections.abc import Sequence

from laurels import bus, clock, queues, settings, table, telemetry, tombstones
from laurels.events import rules
from laurels.events.models import (
    AchievementRevoked,
    GroupLeft,
    ProcessingDeleted,
    RequirementsDeleted,
    ResumeDeleted,
    StatsUpdated,
)
from laurels.events.rules import Event
from laurels.standings import marks
from laurels.streams import Change

Made = list[tuple[Change, Event]]

# What a user loses, by a change of an item that an erasure makes, too.
DELETIONS = (AchievementRevoked, GroupLeft, ProcessingDeleted, RequirementsDeleted, ResumeDeleted)


def apply(changes: Sequence[Change]) -> list[Change]:
    """Publish the events of these changes. Return the changes that the stream is to deliver again."""
    if settings.text("MARK_CHANGES", "false") == "true":
        marks.mark((change.key, change.at) for change in changes)
    source = settings.text("EVENT_SOURCE")
    with_stats = settings.text("PUBLISH_STATS", "true") == "true"
    made: Made = []
    for change in changes:
        try:
            found = rules.events(change.key, change.old, change.new)
        except Exception as error:
            _park(change, error)
            continue
        made += ((change, event) for event in found if with_stats or not isinstance(event.data, StatsUpdated))
    made = _without_erased(made)
    refused = bus.publish(
        [rules.cloud_event(event, source, _id(change, event), change.at, change.sequence) for change, event in made]
    )
    telemetry.count("EventsPublished", len(made) - len(refused))
    telemetry.count("EventsRefused", len(refused))
    telemetry.flush()
    failed = {made[index][0].sequence for index in refused}
    return [change for change in changes if change.sequence in failed]


def _id(change: Change, event: Event) -> str:
    """Return the same id for the same event of a change, whenever it is delivered."""
    return ":".join(filter(None, (change.id, event.name, event.part)))


def _without_erased(made: Made) -> Made:
    """Leave out what the erasure of a user deletes: `user.erased` tells of all of it.

    Reads the tombstones of the users who have lost something, which is rare.
    """
    losers = sorted({event.user_id for _, event in made if isinstance(event.data, DELETIONS)})
    tombstones_of = dict(
        zip(losers, table.get_many([tombstones.key(each) for each in losers], consistent=True), strict=True)
    )

    def is_erasures(change: Change, event: Event) -> bool:
        tombstone = tombstones_of.get(event.user_id) if isinstance(event.data, DELETIONS) else None
        # The times of changes are whole seconds.
        return tombstone is not None and change.at >= clock.ms_of(tombstone["erased_at"]) // 1000 * 1000

    return [(change, event) for change, event in made if not is_erasures(change, event)]


def _park(change: Change, error: Exception) -> None:
    """Report a change by its number, under which the stream holds it for 24 hours."""
    telemetry.failed("No event can be made of a change.", error)
    telemetry.count("ChangesParked")
    report = {"sequence_number": change.sequence, "event_id": change.id, "reason": type(error).__name__}
    queues.send_later(settings.text("EVENTS_DLQ_URL"), json.dumps(report))
