"""Processings: start, list, read and delete them.

A start is one transaction: the processing, the item that finds its owner, and the limiter's state, if both documents
are there and nobody else has started one since the state was read. The request to the AI service follows from the
table's stream (requesting.py), so every processing that exists is asked for, even if a function dies.

A processing without a result is settled as timed out when it is read after its time. That is a write on the condition
that there is no result yet, so it holds for good.
"""

from collections.abc import Sequence
from math import ceil

from laurels import clock, keys, settings, table, tombstones
from laurels.documents import cascades, counting, limiter, rules, service
from laurels.documents.models import (
    MAX_PROCESSINGS,
    BatchDeleted,
    DocumentStatus,
    Processing,
    ProcessingDraft,
    ProcessingEntry,
    ProcessingFilter,
    ProcessingOrder,
    ProcessingStatus,
)
from laurels.errors import Conflict, NotFound, TooManyRequests
from laurels.idempotency import Origin
from laurels.paging import Listing, PageQuery
from laurels.retries import retrying
from laurels.table import ConditionFailed
from laurels.writes import ABSENT, Check, Item, Put, Update

VERSION = 1
TIMEOUT = 900  # seconds


def start(user_id: str, draft: ProcessingDraft, origin: Origin) -> Processing:
    """Start a processing, once per origin. Raises NotFound for unknown documents, Conflict for documents without a
    text or too many processings, and TooManyRequests. Only the latter counts as an attempt."""
    return retrying(lambda: _start(user_id, draft, origin))


def _start(user_id: str, draft: ProcessingDraft, origin: Origin) -> Processing:
    processing_id = origin.new_id()
    wanted = [
        keys.resume(user_id, draft.resume_id),
        keys.requirements(user_id, draft.requirements_id),
        keys.processing(user_id, processing_id),
        keys.processing_starts(user_id),
        tombstones.key(user_id),
    ]
    resume, requirements, made, stored, tombstone = table.get_many(wanted, consistent=True)
    if made:  # by an earlier attempt whose response was lost
        return Processing.model_validate(made)
    if tombstone or resume is None or requirements is None:
        raise service.not_found()
    for name, document in (("resume", resume), ("requirements", requirements)):
        if document["status"] != DocumentStatus.READY:
            raise Conflict(f"The {name} must be ready first. The status is {document['status']}.")
    now = clock.now_ms()
    before = _state(stored)
    state, wait = limiter.start(before, now)
    if wait:
        if state != before:
            table.write(_put(user_id, stored, state, _count(stored)))
        raise TooManyRequests("Too many processings. Wait, and start it again.", retry_after=ceil(wait / 1000))
    item: Item = {
        **keys.processing(user_id, processing_id)._asdict(),
        "v": VERSION,
        "processing_id": processing_id,
        "user_id": user_id,
        "resume_id": draft.resume_id,
        "requirements_id": draft.requirements_id,
        "status": ProcessingStatus.IN_PROGRESS.value,
        "created_at": clock.iso_of(now),
        "times_out_at": clock.iso_of(now + 1000 * settings.number("PROCESSING_TIMEOUT", TIMEOUT)),
    }
    ready = {"status": DocumentStatus.READY.value}
    table.write(
        Put(item, when=ABSENT),
        Put({**keys.processing_owner(processing_id)._asdict(), "v": VERSION, "user_id": user_id}),
        one_more(user_id, stored, state),
        Check(keys.resume(user_id, draft.resume_id), when=ready),
        Check(keys.requirements(user_id, draft.requirements_id), when=ready),
        tombstones.absent(user_id),
    )
    return Processing.model_validate(item)


def one_more(user_id: str, stored: Item | None, state: limiter.State | None = None) -> Put:
    """Return the write that counts one more processing, on the condition that the item with the starts is still as
    `stored`. `state` is the limiter's new one. Raises Conflict if there are too many."""
    count = _count(stored)
    if count >= MAX_PROCESSINGS:
        count = counting.room(keys.processing(user_id), MAX_PROCESSINGS, "processings")
    return _put(user_id, stored, state or _state(stored), count + 1)


def _count(stored: Item | None) -> int:
    return int((stored or {}).get("processings", 0))


def _state(stored: Item | None) -> limiter.State:
    return limiter.State(tuple(stored["starts"]), stored["blocked_until"]) if stored else limiter.State()


def _put(user_id: str, stored: Item | None, state: limiter.State, count: int) -> Put:
    item = {
        **keys.processing_starts(user_id)._asdict(),
        "v": VERSION,
        "rev": (stored or {}).get("rev", 0) + 1,
        "starts": list(state.starts),
        "blocked_until": state.blocked_until,
        "processings": count,  # at most: deletions do not count (see counting.py)
    }
    return Put(item, when={"rev": stored["rev"]} if stored else ABSENT)


def list_all(user_id: str, filters: ProcessingFilter, page: PageQuery) -> Listing[ProcessingEntry]:
    """List the user's processings. By score, the order needs all of them, so all are read."""
    prefix = keys.processing(user_id)

    def keep(item: Item) -> bool:
        _settle(item)
        return rules.matches(item, filters)

    if filters.sort is ProcessingOrder.CREATED_AT:
        found = table.select(prefix, keep, limit=page.limit, after=page.cursor, forward=False, consistent=True)
        items, last = found.items, found.last
    else:
        ranked = sorted(filter(keep, table.query_all(prefix, consistent=True)), key=rules.rank, reverse=True)
        following = [item for item in ranked if page.cursor is None or rules.rank(item) < page.cursor]
        items = following[: page.limit]
        last = rules.rank(items[-1]) if len(following) > len(items) else None
    return Listing[ProcessingEntry](items=[ProcessingEntry.model_validate(item) for item in items], next_cursor=last)


def get(user_id: str, processing_id: str) -> Processing:
    """Return a processing with its result. Raises NotFound."""
    wanted = [keys.processing(user_id, processing_id), keys.processing_result(user_id, processing_id)]
    item, result, tombstone = table.get_many([*wanted, tombstones.key(user_id)], consistent=True)
    if item is None or tombstone:
        raise _not_found()
    if _settle(item):
        result = table.get(wanted[1], consistent=True)
    return Processing.model_validate((result or {}) | item)


def delete(user_id: str, processing_id: str) -> None:
    """Delete a processing. A result that comes later is dropped. Raises NotFound."""
    if not delete_many(user_id, [processing_id]).deleted:
        raise _not_found()


def delete_many(user_id: str, ids: Sequence[str]) -> BatchDeleted:
    """Delete processings; say which of them there were: none of an erased user, whose erasure deletes them."""
    ids = list(dict.fromkeys(ids))
    wanted = [keys.processing(user_id, each) for each in ids]
    tombstone, *stored = table.get_many([tombstones.key(user_id), *wanted], consistent=True)
    found = [each for each, item in zip(ids, stored, strict=True) if item and not tombstone]
    cascades.remove_processings(user_id, found)
    return BatchDeleted(deleted=found, not_found=[each for each in ids if each not in found])


def _settle(item: Item) -> bool:
    """Store that an overdue processing has timed out, and change the item to what is stored. Return whether a result
    came first."""
    now = clock.now_ms()
    if item["status"] != ProcessingStatus.IN_PROGRESS or clock.ms_of(item["times_out_at"]) > now:
        return False
    failed = rules.timed_out(now)
    try:
        table.write(Update(keys.processing(item["user_id"], item["processing_id"]), set=failed, when=rules.OPEN))
        item |= failed
    except ConditionFailed as failure:
        item |= failure.item or failed  # deleted meanwhile: what the client sees is a moment old
        return True
    return False


def _not_found() -> NotFound:
    return NotFound("There is no such processing, or it is not yours.")
