"""Stats: read them, take in updates, and apply those that arrive on the queue, exactly once."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pydantic import ValidationError

from laurels import clock, keys, queues, settings, table, telemetry
from laurels.achievements import earning
from laurels.attempts import retrying
from laurels.callers import Caller
from laurels.errors import Invalid, Unavailable
from laurels.people import service as people
from laurels.queues import Message
from laurels.shapes import field_errors
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
    queues.send(queue, update.model_dump_json(), group=user_id, deduplication=update.event_id)
    return Accepted(event_id=update.event_id)


def apply(messages: Sequence[Message]) -> list[Message]:
    """Applies a batch: one read and one write per user. Returns the messages that are to come again.

    What can never be applied is parked with its reason and holds up nobody. A passing failure sends all else of the
    message group back, so that its order is kept; what has counted already is recognised when it comes again.
    """
    by_user: dict[str, list[tuple[Message, StatUpdate]]] = defaultdict(list)
    failed_groups: set[str] = set()
    parked: set[str] = set()
    for message in messages:
        with _failing({message.group}, failed_groups):
            try:
                update = _parse(message)
            except Invalid as error:
                _park(message, error.detail)
                parked.add(message.id)
            else:
                by_user[update.user_id].append((message, update))
    for user_id, updates in by_user.items():
        with _failing({message.group for message, _ in updates}, failed_groups):
            _apply_to(user_id, [update for _, update in updates], BATCH_PATIENCE / len(by_user))
    telemetry.flush()
    return [message for message in messages if message.group in failed_groups and message.id not in parked]


@contextmanager
def _failing(groups: set[str], failed_groups: set[str]) -> Iterator[None]:
    """Whatever goes wrong inside, foreseen or not, is the failure of these groups and of no other."""
    try:
        yield
    except Unavailable as error:
        telemetry.logger.warning("Stat updates are to come again.", reason=error.detail)
        failed_groups.update(groups)
    except Exception as error:
        telemetry.failed("Stat updates failed and are to come again.", error)
        failed_groups.update(groups)


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
                earning.follow(gains, before, rules.moment(update, now))
        if applied and not earning.write(gains, stored):
            return attempt()
        return applied, len(gains.awards)

    applied, awards = retrying(attempt, patience)
    telemetry.count("UpdatesApplied", applied)
    telemetry.count("UpdatesDuplicate", len(updates) - applied)
    telemetry.count("Awards", awards)


def _parse(message: Message) -> StatUpdate:
    """The update in a message; Invalid with the reason if it can never be applied."""
    try:
        update = StatUpdate.model_validate_json(message.body)
    except ValidationError as error:
        raise Invalid.fields(field_errors(error)) from error
    rules.check_age(update, clock.now(), _max_age_days())
    return update


def _park(message: Message, reason: str) -> None:
    telemetry.logger.error("A stat update can never be applied.", message_id=message.id, reason=reason)
    queues.park(settings.text("STAT_UPDATES_DLQ_URL"), message, reason)
    telemetry.count("UpdatesRejected")


def _max_age_days() -> int:
    return settings.number("MAX_EVENT_AGE_DAYS", 30)
