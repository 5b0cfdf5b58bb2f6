"""Deleting documents with all that depends on them: to the end, even if the process that began dies.

What depends on a document checks in its own transaction that the document exists, and a deletion deletes the document
first: nothing can be added to what the deletion then finds. A message on the queue of erasures is sent before, and is
delivered after the process has ended. It finds nothing to do if the process has removed everything, or has deleted no
document.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from laurels import keys, queues, settings, storage, table, tombstones
from laurels.documents.models import DocumentsDeletion, Kind
from laurels.keys import Key
from laurels.retries import retrying
from laurels.writes import Delete, Item, Write

KEYS: dict[Kind, Callable[[str, str], Key]] = {Kind.RESUMES: keys.resume, Kind.REQUIREMENTS: keys.requirements}
ID = {Kind.RESUMES: "resume_id", Kind.REQUIREMENTS: "requirements_id"}
_PER_TRANSACTION = 30  # documents or processings, of up to three items each


def delete(kind: Kind, user_id: str, ids: Sequence[str]) -> set[str]:
    """Delete documents and what depends on them. Return the ids of those that there were, or that something depended
    on; none of an erased user, whose erasure deletes them.

    If this is interrupted, a repeated deletion goes on at once, and the message later.
    """
    wanted = [KEYS[kind](user_id, each) for each in ids]
    tombstone, *stored = table.get_many([tombstones.key(user_id), *wanted], consistent=True)
    if tombstone:
        return set()
    found = [item for item in stored if item]
    _delete_documents(kind, user_id, found)
    return {item[ID[kind]] for item in found} | _delete_dependents(kind, user_id, set(ids))


def finish(deletion: DocumentsDeletion) -> None:
    """Delete what depends on documents that are deleted. Documents that are still there stay as they are."""
    kind, user_id, ids = deletion.kind, deletion.user_id, deletion.document_ids
    stored = table.get_many([KEYS[kind](user_id, each) for each in ids], consistent=True)
    _delete_dependents(kind, user_id, {each for each, item in zip(ids, stored, strict=True) if item is None})


def remove_processings(user_id: str, ids: Sequence[str]) -> None:
    """Delete processings with their results."""
    _remove(
        [
            (
                Delete(keys.processing(user_id, each)),
                Delete(keys.processing_owner(each)),
                Delete(keys.processing_result(user_id, each)),
            )
            for each in ids
        ]
    )


def _delete_documents(kind: Kind, user_id: str, items: Sequence[Item]) -> None:
    """Have the deletion finished, delete documents with their texts, and then their uploads."""
    ids = [item[ID[kind]] for item in items]
    if not ids:
        return
    message = DocumentsDeletion(kind=kind, user_id=user_id, document_ids=ids).model_dump_json()
    queues.send_later(settings.text("ERASURES_QUEUE_URL"), message, settings.seconds("SETTLE_SECONDS"))
    _remove([(Delete(KEYS[kind](user_id, each)), Delete(keys.document_text(user_id, each))) for each in ids])
    storage.delete([keys.document_upload(user_id, kind, item[ID[kind]]) for item in items if "file" in item])


def _delete_dependents(kind: Kind, user_id: str, ids: set[str]) -> set[str]:
    """Delete what depends on these documents, which are deleted already. Return the ids that something depended on."""
    found = set()
    if kind is Kind.REQUIREMENTS:
        resumes = list(_of(keys.resume(user_id), "requirements_id", ids))
        _delete_documents(Kind.RESUMES, user_id, resumes)
        _delete_processings(user_id, "resume_id", {item["resume_id"] for item in resumes})
        found = {item["requirements_id"] for item in resumes}
    return found | _delete_processings(user_id, ID[kind], ids)


def _delete_processings(user_id: str, name: str, ids: set[str]) -> set[str]:
    """Delete the processings of these documents. Return the ids of the documents that had any."""
    if not ids:
        return set()
    found = list(_of(keys.processing(user_id), name, ids))
    remove_processings(user_id, [item["processing_id"] for item in found])
    return {item[name] for item in found}


def _of(prefix: Key, name: str, ids: set[str]) -> Iterator[Item]:
    return (item for item in table.query_all(prefix, consistent=True) if item.get(name) in ids)


def _remove(writes: Sequence[Sequence[Write]]) -> None:
    """Write deletions, grouped by what must go together, in as few transactions as hold them."""
    for start in range(0, len(writes), _PER_TRANSACTION):
        changes = [change for group in writes[start : start + _PER_TRANSACTION] for change in group]
        retrying(partial(table.write, *changes))
