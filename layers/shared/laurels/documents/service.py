"""Documents: create, list, read and delete resumes and requirements.

A document is two items: one for lists, and one with the text, which is up to 60 KB. Both are in their owner's
partition, so an id of another user is unknown here. Deletions are in cascades.py.
"""

from collections.abc import Sequence
from typing import Any

from laurels import clock, keys, storage, table, tombstones
from laurels.documents import cascades, counting, rules
from laurels.documents.cascades import ID, KEYS
from laurels.documents.models import (
    MAX_FILE,
    BatchDeleted,
    DocumentForm,
    DocumentStatus,
    Kind,
    Requirements,
    RequirementsDraft,
    RequirementsEntry,
    Resume,
    ResumeDraft,
    ResumeEntry,
)
from laurels.errors import Invalid, NotFound
from laurels.idempotency import Origin
from laurels.paging import Listing, PageQuery
from laurels.retries import retrying
from laurels.table import Cancelled
from laurels.writes import ABSENT, PRESENT, Check, Item, Put, Write

VERSION = 1
FORM_SECONDS = 600


def create_resume(user_id: str, draft: ResumeDraft, origin: Origin) -> Resume:
    """Create a resume, once per origin. Raises Invalid, also for unknown requirements, and Conflict if there are too
    many."""
    item, text, form = _create(Kind.RESUMES, user_id, draft, origin, draft.requirements_id)
    return Resume.model_validate({**item, "text": text, "upload": form})


def create_requirements(user_id: str, draft: RequirementsDraft, origin: Origin) -> Requirements:
    """Create requirements, once per origin. Raises Invalid, and Conflict if there are too many."""
    item, text, form = _create(Kind.REQUIREMENTS, user_id, draft, origin)
    return Requirements.model_validate({**item, "text": text, "upload": form})


def list_resumes(user_id: str, requirements_id: str | None, page: PageQuery) -> Listing[ResumeEntry]:
    """List the user's resumes, newest first; with an id, those meant for these requirements."""
    items, last = _select(Kind.RESUMES, user_id, page, requirements_id)
    return Listing[ResumeEntry](items=[ResumeEntry.model_validate(item) for item in items], next_cursor=last)


def list_requirements(user_id: str, page: PageQuery) -> Listing[RequirementsEntry]:
    """List the user's requirements, newest first."""
    items, last = _select(Kind.REQUIREMENTS, user_id, page)
    entries = [RequirementsEntry.model_validate(item) for item in items]
    return Listing[RequirementsEntry](items=entries, next_cursor=last)


def get_resume(user_id: str, resume_id: str) -> Resume:
    """Return a resume with its text. Raises NotFound."""
    return Resume.model_validate(_get(Kind.RESUMES, user_id, resume_id))


def get_requirements(user_id: str, requirements_id: str) -> Requirements:
    """Return requirements with their text. Raises NotFound."""
    return Requirements.model_validate(_get(Kind.REQUIREMENTS, user_id, requirements_id))


def delete(kind: Kind, user_id: str, document_id: str) -> None:
    """Delete a document and what depends on it. Raises NotFound."""
    if not delete_many(kind, user_id, [document_id]).deleted:
        raise not_found()


def delete_many(kind: Kind, user_id: str, ids: Sequence[str]) -> BatchDeleted:
    """Delete documents and what depends on them; say which of them there were."""
    ids = list(dict.fromkeys(ids))
    found = cascades.delete(kind, user_id, ids)
    return BatchDeleted(deleted=[e for e in ids if e in found], not_found=[e for e in ids if e not in found])


def not_found() -> NotFound:
    """Return one error for missing documents and those of other users, so that they cannot be told apart."""
    return NotFound("There is no such document, or it is not yours.")


def _create(
    kind: Kind, user_id: str, draft: ResumeDraft | RequirementsDraft, origin: Origin, requirements_id: str | None = None
) -> tuple[Item, str | None, DocumentForm | None]:
    rules.check(draft)
    document_id = origin.new_id()
    item: Item = {
        **KEYS[kind](user_id, document_id)._asdict(),
        "v": VERSION,
        ID[kind]: document_id,
        "title": rules.title(draft),
        "status": DocumentStatus.AWAITING_UPLOAD.value,
        "created_at": clock.iso(origin.began),
    }
    writes: list[Write] = [tombstones.absent(user_id)]
    writes.append(counting.one_more(user_id, kind))
    if requirements_id:
        item["requirements_id"] = requirements_id
        writes.append(Check(keys.requirements(user_id, requirements_id), when=PRESENT))
    if draft.text is not None:
        item |= rules.with_text(draft.text)
        writes.append(Put(text_item(user_id, document_id, draft.text)))
    if draft.file:
        item["file"] = draft.file.model_dump(mode="json")
    retrying(lambda: _write_new(user_id, kind, item, writes))
    return item, draft.text, _form(kind, user_id, document_id, draft)


def _write_new(user_id: str, kind: Kind, item: Item, others: list[Write]) -> None:
    try:
        table.write(Put(item, when=ABSENT), *others)
    except Cancelled as failure:
        if failure.failed(0):  # created by an earlier attempt whose response was lost
            return
        if failure.failed(1):
            raise tombstones.gone() from None
        if "requirements_id" in item and failure.failed(3):
            raise Invalid.field("requirements_id", "is not the id of requirements of yours", "unknown_id") from None
        if failure.failed(2):
            counting.recount(user_id, kind, KEYS[kind](user_id, ""))
        raise


def _form(kind: Kind, user_id: str, document_id: str, draft: ResumeDraft | RequirementsDraft) -> DocumentForm | None:
    if draft.file is None:
        return None
    name = keys.document_upload(user_id, kind, document_id)
    form = storage.upload_form(name, draft.file.content_type, MAX_FILE, FORM_SECONDS)
    return DocumentForm(url=form.url, fields=form.fields, expires_at=form.expires_at, max_size=MAX_FILE)


def text_item(user_id: str, document_id: str, text: str) -> Item:
    """Return the item that holds a document's text."""
    return {**keys.document_text(user_id, document_id)._asdict(), "v": VERSION, "text": text}


def _select(
    kind: Kind, user_id: str, page: PageQuery, requirements_id: str | None = None
) -> tuple[list[dict[str, Any]], str | None]:
    found = table.select(
        KEYS[kind](user_id, ""),
        lambda item: requirements_id in (None, item.get("requirements_id")),
        limit=page.limit,
        after=page.cursor,
        forward=False,
        consistent=True,  # users read what they have just written
    )
    return found.items, found.last


def _get(kind: Kind, user_id: str, document_id: str) -> Item:
    wanted = [KEYS[kind](user_id, document_id), keys.document_text(user_id, document_id), tombstones.key(user_id)]
    document, text, tombstone = table.get_many(wanted, consistent=True)
    if document is None or tombstone:
        raise not_found()
    return document | {"text": (text or {}).get("text")}
