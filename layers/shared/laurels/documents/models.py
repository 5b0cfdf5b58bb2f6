"""Resumes and requirements: texts, sent inline or as a file. Processings: how well one meets the other."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from laurels.characters import is_blank
from laurels.fields import OWN_ID, Input, Integer, KeptTime, Shape, Text, Time, Title, UserId

MAX_FILE = 10 * 1024 * 1024  # bytes
MAX_TITLE = 200
EXCERPT = 200  # characters of a text that lists show
# The most that is kept of a result: the AI service's own limits, in characters.
MAX_MATCHES, MAX_MATCH, MAX_RECOMMENDATION, MAX_VERDICT, MAX_REASON = 50, 1_000, 1_500, 50, 500
MAX_WAIT = 24 * 60 * 60  # seconds


class Kind(StrEnum):
    """The kind of a document, as paths and the names of objects spell it."""

    RESUMES = "resumes"
    REQUIREMENTS = "requirements"


# What one user may have. With the longest texts, that is 47 MB.
MAX_DOCUMENTS = {Kind.RESUMES: 500, Kind.REQUIREMENTS: 200}
MAX_PROCESSINGS = 1_000
MAX_CHARACTERS = {Kind.RESUMES: 15_000, Kind.REQUIREMENTS: 5_000}


class ContentType(StrEnum):
    TEXT = "text/plain"
    PDF = "application/pdf"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class DocumentStatus(StrEnum):
    AWAITING_UPLOAD = "awaiting_upload"
    READY = "ready"
    FAILED = "failed"


class DocumentFault(StrEnum):
    """Why no text could be taken out of a file."""

    EMPTY = "empty"
    ENCRYPTED = "encrypted"
    NO_TEXT = "no_text"  # only pictures, as a scan has
    UNREADABLE = "unreadable"
    UNSUPPORTED = "unsupported"
    TOO_LONG = "too_long"
    TOO_COMPLEX = "too_complex"


def _stripped(text: str) -> str:
    if is_blank(text):
        raise ValueError("must not be blank")
    return text.strip()


OwnId = Annotated[str, StringConstraints(pattern=OWN_ID)]
Ids = Annotated[list[OwnId], Field(min_length=1, max_length=100)]
_DocumentText = Annotated[Text, AfterValidator(_stripped)]


class FileDraft(Input):
    """The file that the client is going to upload. Its content decides what it is, not its name or type."""

    name: Annotated[Title, Field(min_length=1, max_length=255)]
    content_type: Annotated[ContentType, Field(strict=False)]
    size: Annotated[Integer, Field(ge=1, le=MAX_FILE, description="Bytes.")]


class RequirementsDraft(Input):
    """Requirements: either `text` or `file`."""

    title: Annotated[Title, Field(min_length=1, max_length=MAX_TITLE)] | None = None
    text: Annotated[_DocumentText, Field(max_length=MAX_CHARACTERS[Kind.REQUIREMENTS])] | None = None
    file: FileDraft | None = None


class ResumeDraft(Input):
    """A resume: either `text` or `file`."""

    title: Annotated[Title, Field(min_length=1, max_length=MAX_TITLE)] | None = None
    text: Annotated[_DocumentText, Field(max_length=MAX_CHARACTERS[Kind.RESUMES])] | None = None
    file: FileDraft | None = None
    requirements_id: OwnId | None = Field(None, description="The requirements that the resume is meant for.")


class ResumeFilter(Input):
    requirements_id: OwnId | None = Field(None, description="Only resumes that are meant for these requirements.")


class DocumentForm(Shape):
    """An upload form: POST all of `fields`, then the file as `file`, as multipart/form-data to `url`."""

    url: str
    fields: dict[str, str]
    expires_at: Time
    max_size: int = Field(description="Bytes. The form takes no larger file.")


class DocumentError(Shape):
    reason: DocumentFault


class DocumentFile(Shape):
    name: str
    content_type: ContentType
    size: int


class _Document(Shape):
    title: str
    status: DocumentStatus
    error: DocumentError | None = Field(None, description="Why the status is `failed`.")
    file: DocumentFile | None = Field(None, description="What was announced; null for a text that was sent inline.")
    excerpt: str | None = Field(None, description=f"The first {EXCERPT} characters of the text.")
    created_at: KeptTime


class ResumeEntry(_Document):
    """A resume in a list."""

    resume_id: str
    requirements_id: str | None = None


class Resume(ResumeEntry):
    text: str | None = Field(None, description="Null until the status is `ready`.")
    upload: DocumentForm | None = Field(None, description="The form for the file, in the answer that creates it.")


class RequirementsEntry(_Document):
    """Requirements in a list."""

    requirements_id: str


class Requirements(RequirementsEntry):
    text: str | None = Field(None, description="Null until the status is `ready`.")
    upload: DocumentForm | None = Field(None, description="The form for the file, in the answer that creates it.")


class BatchDelete(Input):
    ids: Ids


class BatchDeleted(Shape):
    deleted: list[str]
    not_found: list[str]


class ProcessingStatus(StrEnum):
    IN_PROGRESS = "in_progress"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class ProcessingOrder(StrEnum):
    CREATED_AT = "created_at"
    SCORE = "score"


class DocumentsDeletion(Input):
    """One message on ErasuresQueue: delete what depends on deleted documents."""

    kind: Kind
    user_id: UserId
    document_ids: list[OwnId]


class ProcessingDraft(Input):
    """What is to be matched. Both documents must be `ready`."""

    resume_id: OwnId
    requirements_id: OwnId


class ProcessingFilter(Input):
    resume_id: OwnId | None = None
    requirements_id: OwnId | None = None
    status: ProcessingStatus | None = None
    sort: ProcessingOrder = Field(
        ProcessingOrder.CREATED_AT, description="Newest first, or highest score first; those without a score come last."
    )


class ProcessingError(Shape):
    reason: str = Field(description="`timed_out` if there was no result in time; else what the AI service says.")
    retry_after: int | None = Field(None, description="Seconds after which the AI service may succeed.")


class ProcessingEntry(Shape):
    """A processing in a list."""

    processing_id: str
    resume_id: str
    requirements_id: str
    status: ProcessingStatus
    score: int | None = Field(None, description="0 to 100.")
    verdict: str | None = None
    error: ProcessingError | None = Field(None, description="Why the status is `failed`.")
    created_at: KeptTime
    finished_at: KeptTime | None = None


class Processing(ProcessingEntry):
    matches: list[str] | None = Field(None, description="What in the resume meets the requirements.")
    recommendation: str | None = None


class ProcessingRequest(Shape):
    """One message on ProcessingRequestsQueue: what the AI service is to match."""

    processing_id: str
    user_id: str
    resume_id: str
    requirements_id: str
    resume: str
    requirements: str


_Score = Annotated[float, Field(ge=0, le=100, description="0 to 100; rounded."), AfterValidator(round)]
_Matches = Annotated[
    list[str],
    Field(description=f"What in the resume meets the requirements: at most {MAX_MATCHES} lines of {MAX_MATCH:,}."),
]
_Recommendation = Annotated[
    str, Field(description=f"What to do about it, in at most {MAX_RECOMMENDATION:,} characters.")
]
_Verdict = Annotated[str, Field(description=f"The outcome in a few words, at most {MAX_VERDICT} characters.")]
_Seconds = Annotated[float, Field(ge=0, le=MAX_WAIT), AfterValidator(round)]


class ProcessingResult(Input):
    """One message on ProcessingResultsQueue. Longer texts and lists are cut to their limits."""

    model_config = ConfigDict(extra="ignore")

    processing_id: Annotated[str, Field(min_length=1, max_length=128)]
    success: bool
    score: _Score | None = None
    matches: _Matches | None = None
    recommendation: _Recommendation | None = None
    verdict: _Verdict | None = None
    message_error: str | None = Field(None, description=f"Why there is no result, in at most {MAX_REASON} characters.")
    wait_seconds: _Seconds | None = Field(None, description="After how many seconds the service may succeed.")


class ModelAnswer(Input):
    """What a model is to return: all of a result that is its own to say."""

    score: _Score
    matches: _Matches
    recommendation: _Recommendation
    verdict: _Verdict
