"""Backfill: awards an achievement to all users who meet its criteria already, after these were added or changed.

`start` sends one message for each partition of standings. The consumer processes one page and sends a message for the
next page, so that each invocation is short. An award is written only if the user has none, so a page that is repeated,
after a duplicate message or a crash, changes nothing.
"""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from laurels import batches, clock, keys, queues, settings, table, telemetry, tombstones
from laurels.achievements import criteria, earning
from laurels.achievements.backfill_models import BackfillReport, BackfillStep
from laurels.achievements.criteria import Criterion
from laurels.errors import Conflict, NotFound
from laurels.idempotency import Origin
from laurels.queues import Message
from laurels.retries import retrying
from laurels.standings import in_force
from laurels.standings import service as standings
from laurels.standings.models import Standing
from laurels.writes import Item

PAGE = 100  # standings: if all of them are to be awarded, that takes a few seconds
_COUNTED_AT_ONCE = 1000  # standings, 1 MB
_THREADS = 8


def start(code: str, origin: Origin) -> BackfillReport:
    """Send one message for each partition. A repetition with the same origin is the same backfill.

    Raises NotFound, and Conflict if the achievement is not awarded automatically.
    """
    _require(code)
    backfill_id = origin.new_id()
    steps = [BackfillStep(backfill_id=backfill_id, code=code, shard=shard) for shard in standings.shards()]
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(_send, steps))
    return BackfillReport(code=code, dry_run=False, backfill_id=backfill_id)


def count(code: str) -> BackfillReport:
    """Count the users who would be awarded now (dry run). Raises as `start`.

    `complete` is false if DRY_RUN_SECONDS were too few.
    """
    criterion, deadline = _require(code), time.monotonic() + settings.seconds("DRY_RUN_SECONDS")

    def count_in(shard: int) -> tuple[int, bool]:
        found, after = 0, None
        while time.monotonic() < deadline:
            page = table.query(keys.standing_shard(shard), limit=_COUNTED_AT_ONCE, after=after)
            found += len(_waiting(criterion, page.items))
            after = page.last
            if after is None:
                return found, True
        return found, False

    with ThreadPoolExecutor(_THREADS) as pool:
        counts = list(pool.map(count_in, standings.shards()))
    complete = all(whole for _, whole in counts)
    return BackfillReport(code=code, dry_run=True, count=sum(found for found, _ in counts), complete=complete)


def apply(messages: Sequence[Message]) -> list[Message]:
    """Process one page for each message, in order. A failure stops its message group. Return the messages that SQS is
    to deliver again."""
    return batches.consume(messages, settings.text("BACKFILL_DLQ_URL"), BackfillStep.from_json, _process_all)


def _process_all(steps: Sequence[BackfillStep]) -> None:
    for step in steps:
        _process(step)


def _process(step: BackfillStep) -> None:
    criterion = _find(step.code, criteria.read(table.get(keys.criteria(), consistent=True)))
    if criterion is None:
        telemetry.logger.info("A backfill ends: the achievement is no longer awarded automatically.", code=step.code)
        return
    page = table.query(keys.standing_shard(step.shard), limit=PAGE, after=step.after)
    awarded = sum(_award(user_id, step.code) for user_id in _waiting(criterion, page.items))
    telemetry.count("Awards", awarded)
    if page.last:
        _send(step.model_copy(update={"after": page.last}))


def _waiting(criterion: Criterion, items: Sequence[Item]) -> list[str]:
    """Return the ids of users who meet the criteria and have no award, or an unfinished one."""
    found = (standings.of(keys.user_of(item["SK"]), item) for item in items)
    users = [standing.user_id for standing in found if _meets(criterion, standing)]
    awards = zip(users, table.get_many([keys.award(user_id, criterion.code) for user_id in users]), strict=True)
    # An unfinished award leads to others that are not written yet.
    return [user_id for user_id, award in awards if award is None or earning.is_unfinished(award)]


def _award(user_id: str, code: str) -> bool:
    """Award one user if the criteria are still met, there is no award yet, and the user was not erased. Return True if
    it did."""

    def attempt() -> bool:
        names = [keys.award(user_id, code), keys.standing(user_id), keys.criteria_version(user_id)]
        wanted = [*names, tombstones.key(user_id)]
        existing, stored, version, tombstone = table.get_many(wanted, consistent=True)
        known = in_force.of(version).part(criteria.read)
        criterion, standing = _find(code, known), standings.of(user_id, stored)
        if tombstone or criterion is None or not _meets(criterion, standing):
            return False
        if existing and not earning.is_unfinished(existing):
            return False
        now = clock.now_ms()
        if existing:
            award = earning.stored_award(existing)
        else:
            award = earning.new_award(user_id, code, _when(criterion, standing, now), now, points=criterion.points)
        earning.give(award, stored, known, now)
        return existing is None

    return retrying(attempt)


def _when(criterion: Criterion, standing: Standing, now: int) -> int:
    """Return when the criteria were met (epoch milliseconds), if that is known for every condition; otherwise now."""
    known = [at for at in criteria.times(criterion, standing) if at is not None]
    return max(known) if len(known) == len(criterion.conditions) else now


def _meets(criterion: Criterion, standing: Standing) -> bool:
    return criteria.met(criterion, criteria.reached(standing))


def _find(code: str, known: Iterable[Criterion]) -> Criterion | None:
    return next((each for each in known if each.code == code), None)


def _require(code: str) -> Criterion:
    """Return the achievement's criteria. Raises NotFound, and Conflict if it is not awarded automatically."""
    definition, stored_criteria = table.get_many([keys.achievement(code), keys.criteria()], consistent=True)
    if definition is None:
        raise NotFound("There is no such achievement.")
    criterion = _find(code, criteria.read(stored_criteria))
    if criterion is None:
        raise Conflict("This achievement is archived or has no criteria, so there is nothing to award it by.")
    return criterion


def _send(step: BackfillStep) -> None:
    # Each partition has its own group: in a shared one, a page that keeps failing takes the others to the dead letters.
    group = f"{step.backfill_id}:{step.shard}"
    once = f"{group}:{step.after or ''}"
    queues.send(settings.text("BACKFILL_QUEUE_URL"), step.model_dump_json(), group=group, deduplication=once)
