"""How documents are stored and shown. No I/O."""

from laurels.documents.models import EXCERPT, MAX_TITLE, DocumentStatus, RequirementsDraft, ResumeDraft
from laurels.errors import Invalid
from laurels.fields import tidied
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
