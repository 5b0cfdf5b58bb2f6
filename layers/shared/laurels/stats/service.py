"""Stats: read them, queue updates, and apply queued updates exactly once."""

from collections.abc import Sequence

from laurels import batches, clock, keys, queues, settings, table, telemetry, tombstones
from laurels.achievements import earning, in_force
from laurels.callers import Caller
from laurels.errors import Gone
from laurels.people import service as people
from laurels.people.figures import Figure
from laurels.queues import Message
from laurels.retries import retrying
from laurels.standings import service as standings
from laurels.stats import rules
from laurels.stats.models import Accepted, Stats, StatUpdate, StatUpdateDraft


def get(user_id: str, caller: Caller) -> Stats:
    """Return the user's stats. Raises NotFound if the caller may not see them, or if the user is unknown."""
    found = people.read_visible(user_id, caller, Figure.STATS)
    return rules.describe(found.standing, clock.now_ms(), found.view)


def submit(user_id: str, draft: StatUpdateDraft) -> Accepted:
    """Put an update on the queue. Repeating it is harmless: an event counts once. Raises Invalid, Unavailable, and Gone
    for an erased user."""
    tombstones.refuse(table.get(tombstones.key(user_id)))
    rules.check_age(draft, clock.now_ms(), _max_age_days())
    update = StatUpdate(user_id=user_id, **dict(draft))
    queue = settings.text("STAT_UPDATES_QUEUE_URL")
    queues.send(queue, update.model_dump_json(), group=user_id)
    return Accepted(event_id=update.event_id)


def apply(messages: Sequence[Message]) -> list[Message]:
    """Apply a batch: one read and one write per user. Returns the messages that SQS is to deliver again; events of
    these that have counted are recognised then."""
    timeout = settings.seconds("BATCH_SECONDS")
    return batches.consume(
        messages,
        settings.text("STAT_UPDATES_DLQ_URL"),
        _parse,
        lambda updates: _apply_to_user(updates, timeout * len(updates) / len(messages)),
        group_by=lambda update: update.user_id,
    )


def _apply_to_user(updates: Sequence[StatUpdate], timeout: float) -> None:
    """Apply updates of one user, in one write, for at most `timeout` seconds. Drop those of an erased user."""
    user_id = updates[0].user_id

    def attempt() -> tuple[int, int]:
        wanted = [keys.standing(user_id), keys.criteria_version(user_id), tombstones.key(user_id)]
        stored, version, tombstone = table.get_many(wanted)
        tombstones.refuse(tombstone)
        now, applied = clock.now_ms(), 0
        gains = earning.begin(standings.of(user_id, stored), in_force.of(version), now)
        for update in updates:
            # One by one, so that awards do not depend on how SQS makes batches.
            before = earning.reached(gains)
            if rules.apply(gains.standing, update, now):
                applied += 1
                earning.earn_newly_met(gains, before, rules.moment(update, now), update.event_id)
        if applied:
            earning.write(gains, stored)
        return applied, len(gains.awards)

    try:
        applied, awards = retrying(attempt, timeout)
    except Gone:
        telemetry.count("UpdatesDropped", len(updates))
        return
    telemetry.count("UpdatesApplied", applied)
    telemetry.count("UpdatesDuplicate", len(updates) - applied)
    telemetry.count("Awards", awards)


def _parse(body: str) -> StatUpdate:
    """Return the update in a message. Raises ValidationError, Malformed or Invalid if it can never be applied."""
    update = StatUpdate.from_json(body)
    rules.check_age(update, clock.now_ms(), _max_age_days())
    return update


def _max_age_days() -> int:
    return settings.number("MAX_EVENT_AGE_DAYS", 30)
