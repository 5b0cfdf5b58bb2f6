"""How documents and processings are stored and shown. No I/O."""

from laurels import clock
from laurels.documents.models import (
    EXCERPT,
    MAX_MATCH,
    MAX_MATCHES,
    MAX_REASON,
    MAX_RECOMMENDATION,
    MAX_TITLE,
    MAX_VERDICT,
    DocumentStatus,
    ProcessingFilter,
    ProcessingResult,
    ProcessingStatus,
    RequirementsDraft,
    ResumeDraft,
)
from laurels.errors import Invalid
from laurels.fields import tidied, without_controls
from laurels.writes import Item

UNTITLED = "Untitled"


def check(draft: ResumeDraft | RequirementsDraft) -> None:
    """Raise Invalid unless the draft has either a text or a file."""
    if (draft.text is None) == (draft.file is None):
        raise Invalid.field("text", "send either `text` or `file`", "one_of")


def title(draft: ResumeDraft | RequirementsDraft) -> str:
    """Return the title: the chosen one, else the file's name, else the first line of the text."""
    if draft.title:
        return draft.title
    if draft.file:
        return draft.file.name[:MAX_TITLE].strip()
    lines = (tidied(line, MAX_TITLE) for line in (draft.text or "").splitlines())
    return next(filter(None, lines), UNTITLED)


def with_text(text: str) -> Item:
    """Return the attributes of a document whose text is known."""
    return {"status": DocumentStatus.READY.value, "excerpt": text[:EXCERPT], "characters": len(text)}


OPEN = {"status": ProcessingStatus.IN_PROGRESS.value}  # the condition that a processing has no result


def matches(processing: Item, filters: ProcessingFilter) -> bool:
    """True if the filters let the processing through."""
    wanted = {name: getattr(filters, name) for name in ("resume_id", "requirements_id", "status")}
    return all(value is None or processing[name] == value for name, value in wanted.items())


def rank(processing: Item) -> str:
    """Return a text that sorts by score, then by age; without a score, first."""
    return f"{processing.get('score', -1) + 1:03d}#{processing['processing_id']}"


def timed_out(now: int) -> Item:
    """Return the attributes of a processing without a result in time."""
    return {
        "status": ProcessingStatus.FAILED.value,
        "error": {"reason": "timed_out"},
        "finished_at": clock.iso_of(now),
    }


def finished(result: ProcessingResult, now: int) -> tuple[Item, Item]:
    """Return the attributes of a processing with its result, and the long texts, which lists do not read."""
    status = ProcessingStatus.SUCCEEDED if result.success else ProcessingStatus.FAILED
    found: Item = {"status": status.value, "finished_at": clock.iso_of(now)}
    if not result.success:
        found["error"] = {"reason": tidied(result.message_error or "", MAX_REASON) or "unknown"}
        if result.wait_seconds is not None:
            found["error"]["retry_after"] = result.wait_seconds
        return found, {}
    if result.score is not None:
        found["score"] = result.score
    if verdict := tidied(result.verdict or "", MAX_VERDICT):
        found["verdict"] = verdict
    texts: Item = {}
    if result.matches is not None:
        lines = (tidied(each, MAX_MATCH) for each in result.matches[:MAX_MATCHES])
        texts["matches"] = [line for line in lines if line]
    if recommendation := without_controls(result.recommendation or "").strip()[:MAX_RECOMMENDATION]:
        texts["recommendation"] = recommendation
    return found, texts
