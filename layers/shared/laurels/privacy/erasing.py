"""The work of an erasure: delete everything on the list of holdings, and once more when nothing can arrive any more.

The same queue carries deletions of groups and documents that may have been interrupted.

A run may die anywhere and begin again, beside others: items are counted in the transaction that deletes them, and
objects are noted before they are deleted, so that each counts once.
"""

from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from itertools import islice

from laurels import batches, clock, departures, keys, settings, storage, table
from laurels.documents import cascades
from laurels.documents.models import DocumentsDeletion
from laurels.keys import Key
from laurels.privacy import holdings, rules, service
from laurels.privacy.models import ErasureStatus, ErasureStep, GroupDeletion, Kind
from laurels.queues import Message
from laurels.retries import retrying
from laurels.writes import PRESENT, Delete, Put, Update

# Items of a transaction, which may have 4 MB.
_AT_ONCE = 25
_Step = ErasureStep | GroupDeletion | DocumentsDeletion


def apply(messages: Sequence[Message]) -> list[Message]:
    """Go on with the erasure or deletion of each message. Return the messages that SQS is to deliver
    again."""
    return batches.consume(messages, settings.text("ERASURES_DLQ_URL"), _parse, _go_on)


def _parse(body: str) -> _Step:
    if '"document_ids"' in body:
        return DocumentsDeletion.from_json(body)
    return GroupDeletion.from_json(body) if '"group_id"' in body else ErasureStep.from_json(body)


def _go_on(steps: Sequence[_Step]) -> None:
    for step in steps:
        if isinstance(step, GroupDeletion):
            departures.finish(step.group_id)
            continue
        if isinstance(step, DocumentsDeletion):
            cascades.finish(step)
            continue
        erasure = table.get(keys.erasure(step.erasure_id), consistent=True)
        if erasure is None or erasure["status"] == ErasureStatus.DONE:
            continue
        # Before the sweep: what is written during it, only the next one finds.
        waited = (clock.now_ms() - clock.ms_of(erasure["requested_at"])) / 1000
        left = settings.seconds("SETTLE_SECONDS") - waited
        _delete_items(step.erasure_id, erasure["user_id"])
        _delete_objects(step.erasure_id, erasure["user_id"])
        if step.last and left > 0:
            service.send_step(step.erasure_id, last=True, seconds=left)
        elif step.last:
            _finish(step.erasure_id)


def _delete_items(erasure_id: str, user_id: str) -> None:
    def attempt() -> None:
        # Read anew for each transaction: another run may delete the same items.
        while found := list(islice(holdings.items(user_id), _AT_ONCE)):
            counts = Counter(kind for kind, _ in found)
            counted = Update(
                keys.erasure(erasure_id),
                add={"rev": 1} | {f"{rules.COUNTED}{kind}": count for kind, count in counts.items()},
                when={"status": ErasureStatus.PENDING.value},
            )
            deleted = [Delete(Key(item["PK"], item["SK"]), when=PRESENT) for _, item in found]
            table.write(counted, *deleted, *(each for kind, item in found for each in holdings.beside(kind, item)))

    retrying(attempt)


def _delete_objects(erasure_id: str, user_id: str) -> None:
    for kind, names in holdings.objects(user_id):
        if names:
            _note(erasure_id, kind, names)
            storage.delete(names)


def _note(erasure_id: str, kind: Kind, names: Sequence[str]) -> None:
    """Add hashes of the names to those that the erasure has seen."""
    found = {blake2b(name.encode(), digest_size=8).hexdigest() for name in names}
    seen = f"{rules.SEEN}{kind}"

    def attempt() -> None:
        erasure = table.get(keys.erasure(erasure_id), consistent=True) or {}
        both = found | set(erasure.get(seen, ()))
        if len(both) > len(erasure.get(seen, ())):
            unchanged = {"rev": erasure["rev"]}
            table.write(Update(keys.erasure(erasure_id), set={seen: sorted(both)}, add={"rev": 1}, when=unchanged))

    retrying(attempt)


def _finish(erasure_id: str) -> None:
    """Replace the erasure by its receipt, which does not hold the user's id."""

    def attempt() -> None:
        erasure = table.get(keys.erasure(erasure_id), consistent=True)
        if erasure is None or erasure["status"] == ErasureStatus.DONE:
            return
        kept = {name: erasure[name] for name in ("PK", "SK", "v", "erasure_id", "requested_at")}
        end = {"status": ErasureStatus.DONE.value, "done_at": clock.iso(clock.now()), "rev": erasure["rev"] + 1}
        table.write(Put(kept | end | {"removed": rules.removed(erasure)}, when={"rev": erasure["rev"]}))

    retrying(attempt)
