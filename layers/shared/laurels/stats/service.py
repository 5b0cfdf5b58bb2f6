"""Stats: read them, queue updates, and apply queued updates exactly once."""

from collections.abc import Sequence

from laurels import batches, clock, keys, queues, settings, table, telemetry, tombstones
from laurels.achievements import criteria, earning
from laurels.callers import Caller
from laurels.errors import Gone, Invalid
from laurels.people import service as people
from laurels.people.figures import Figure
from laurels.queues import Message
from laurels.retries import retrying
from laurels.standings import in_force
from laurels.standings import rules as standings_rules
from laurels.standings import service as standings
from laurels.standings.definitions import Definitions
from laurels.standings.in_force import InForce
from laurels.standings.models import Standing
from laurels.stats import rules
from laurels.stats.models import Accepted, Stats, StatUpdate, StatUpdateDraft


def get(user_id: str, caller: Caller) -> Stats:
    """Return the user's stats. Raises NotFound if the caller may not see them, or if the user is unknown."""
    found = people.read_visible(user_id, caller, Figure.STATS)
    return rules.describe(found.standing, clock.now_ms(), found.view)


def submit(user_id: str, draft: StatUpdateDraft) -> Accepted:
    """Put an update on the queue. Repeating it is harmless: an event counts once. Raises Invalid, Unavailable, and Gone
    for an erased user."""
    wanted = [keys.criteria_version(user_id)] if rules.own_names(draft) else []
    tombstone, *versions = table.get_many([tombstones.key(user_id), *wanted])
    tombstones.refuse(tombstone)
    rules.check_age(draft, clock.now_ms(), _max_age_days())
    if versions:
        _, refused = _checked([draft], Standing(user_id), in_force.of(versions[0]))
        if refused:
            raise refused[0]
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


def _apply_to_user(updates: Sequence[StatUpdate], timeout: float) -> dict[int, Invalid]:
    """Apply updates of one user, in one write, for at most `timeout` seconds. Drop those of an erased user. Return why
    some can never be applied, by their indexes."""
    user_id = updates[0].user_id

    def attempt() -> tuple[int, int, dict[int, Invalid]]:
        wanted = [keys.standing(user_id), keys.criteria_version(user_id), tombstones.key(user_id)]
        stored, version, tombstone = table.get_many(wanted)
        tombstones.refuse(tombstone)
        now, applied = clock.now_ms(), 0
        standing = standings.of(user_id, stored)
        known, refused = _checked(updates, standing, in_force.of(version))
        gains = earning.begin(standing, known.part(criteria.read), now)
        for update in (each for index, each in enumerate(updates) if index not in refused):
            # One by one, so that awards do not depend on how SQS makes batches.
            before = earning.reached(gains)
            if rules.apply(gains.standing, update, now, known.metrics):
                applied += 1
                earning.earn_newly_met(gains, before, rules.moment(update, now), update.event_id)
        if applied:
            earning.write(gains, stored)
        return applied, len(gains.awards), refused

    try:
        applied, awards, refused = retrying(attempt, timeout)
    except Gone:
        telemetry.count("UpdatesDropped", len(updates))
        return {}
    telemetry.count("UpdatesApplied", applied)
    telemetry.count("UpdatesDuplicate", len(updates) - applied - len(refused))
    telemetry.count("Awards", awards)
    return refused


def _checked(
    updates: Sequence[StatUpdateDraft], standing: Standing, known: InForce
) -> tuple[InForce, dict[int, Invalid]]:
    """Return what is in force, and why it refuses updates, by their indexes; not those that have counted already."""
    refused = _refused(updates, standing, known.metrics)
    if refused:  # a metric may have been defined since
        known = in_force.fresh()
        refused = _refused(updates, standing, known.metrics)
    return known, refused


def _refused(updates: Sequence[StatUpdateDraft], standing: Standing, metrics: Definitions) -> dict[int, Invalid]:
    return {
        index: Invalid.fields(errors)
        for index, update in enumerate(updates)
        if (errors := rules.faults(update, metrics)) and not standings_rules.remembers(standing, update.event_id)
    }


def _parse(body: str) -> StatUpdate:
    """Return the update in a message. Raises ValidationError, Malformed or Invalid if it can never be applied."""
    update = StatUpdate.from_json(body)
    rules.check_age(update, clock.now_ms(), _max_age_days())
    return update


def _max_age_days() -> int:
    return settings.number("MAX_EVENT_AGE_DAYS", 30)
