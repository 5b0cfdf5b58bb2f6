"""Stats: read them, take in updates, and apply those that arrive on the queue, exactly once."""

from collections import defaultdict
from collections.abc import Sequence

from laurels import batches, clock, keys, queues, settings, table, telemetry
from laurels.achievements import earning
from laurels.batches import Batch
from laurels.callers import Caller
from laurels.people import service as people
from laurels.queues import Message
from laurels.retries import retrying
from laurels.standings import service as standings
from laurels.stats import rules
from laurels.stats.models import Accepted, Stats, StatUpdate, StatUpdateDraft

BATCH_PATIENCE = 10.0  # seconds for all users of a batch together: the function has 15


def get(user_id: str, caller: Caller) -> Stats:
    """The user's stats, for those who may see them; NotFound for others and for users nobody has heard of."""
    _, standing, _ = people.read_visible(user_id, caller, "stats")
    return rules.describe(standing, clock.now().date())


def submit(user_id: str, draft: StatUpdateDraft) -> Accepted:
    """Puts an update on the queue. Sending it again is harmless: its event counts once."""
    rules.check_age(draft, clock.now(), _max_age_days())
    update = StatUpdate(user_id=user_id, **dict(draft))
    queue = settings.text("STAT_UPDATES_QUEUE_URL")
    queues.send(queue, update.model_dump_json(), group=user_id)
    return Accepted(event_id=update.event_id)


def apply(messages: Sequence[Message]) -> list[Message]:
    """Applies a batch: one read and one write per user. Returns the messages that are to come again.

    What can never be applied is parked with its reason and holds up nobody. What has counted already is recognised
    when it comes again.
    """
    batch = Batch(messages, settings.text("STAT_UPDATES_DLQ_URL"))
    by_user: dict[str, list[tuple[Message, StatUpdate]]] = defaultdict(list)
    for message, update in batches.parsed(batch, _parse):
        by_user[update.user_id].append((message, update))
    for user_id, updates in by_user.items():
        with batches.attempt(batch, *(message for message, _ in updates)):
            _apply_to(user_id, [update for _, update in updates], BATCH_PATIENCE / len(by_user))
    telemetry.count("UpdatesRejected", len(batch.parked))
    telemetry.flush()
    return batch.failed


def _apply_to(user_id: str, updates: Sequence[StatUpdate], patience: float) -> None:
    def attempt() -> tuple[int, int]:
        stored, criteria = table.get_many([keys.standing(user_id), keys.criteria()])
        now, applied = clock.now(), 0
        gains = earning.begin(standings.of(user_id, stored), criteria, clock.epoch_ms(now))
        for update in updates:
            # One by one, so that what is earned does not depend on how the queue puts messages together.
            before = earning.reached(gains)
            if rules.apply(gains.standing, update, now):
                applied += 1
                earning.follow(gains, before, rules.moment(update, now), update.event_id)
        if applied and not earning.write(gains, stored):
            return attempt()
        return applied, len(gains.awards)

    applied, awards = retrying(attempt, patience)
    telemetry.count("UpdatesApplied", applied)
    telemetry.count("UpdatesDuplicate", len(updates) - applied)
    telemetry.count("Awards", awards)


def _parse(body: str) -> StatUpdate:
    """The update in a message. ValidationError or Invalid if it can never be applied."""
    update = StatUpdate.model_validate_json(body)
    rules.check_age(update, clock.now(), _max_age_days())
    return update


def _max_age_days() -> int:
    return settings.number("MAX_EVENT_AGE_DAYS", 30)
