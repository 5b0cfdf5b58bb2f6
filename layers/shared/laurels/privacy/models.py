"""Erasures and exports: what clients get, the messages on their queues, and the JSON of an export."""

from enum import StrEnum

from pydantic import Field

from laurels.fields import Input, KeptTime, Shape, UserId


class Kind(StrEnum):
    """A kind of data that is held about a user."""

    # holdings.py says where each is.
    PROFILE = "profile"  # with the preferences
    DIRECTORY = "directory"  # by which lists and the search find the profile
    SESSIONS = "sessions"
    BADGES = "badges"
    GOALS = "goals"
    AWARDS = "awards"
    MEMBERSHIPS = "memberships"  # in groups, and their number
    GROUP_MEMBERS = "group_members"  # the same memberships, by which a group finds its members
    RESUMES = "resumes"
    REQUIREMENTS = "requirements"
    TEXTS = "texts"  # of resumes and requirements
    PROCESSINGS = "processings"
    PROCESSING_RESULTS = "processing_results"  # their long texts
    PROCESSING_STARTS = "processing_starts"  # by which they are limited
    PROCESSING_OWNERS = "processing_owners"  # by which a result finds its processing
    STANDING = "standing"
    IDEMPOTENCY = "idempotency"
    EXPORTS = "exports"
    AVATARS = "avatars"
    UPLOADS = "uploads"
    DOCUMENT_UPLOADS = "document_uploads"
    EXPORT_FILES = "export_files"
    OTHER = "other"  # in the user's partition, of no kind above


class ErasureStatus(StrEnum):
    PENDING = "pending"
    DONE = "done"


class ErasureStarted(Shape):
    """The user is hidden and signed out already; all data about them is being deleted."""

    erasure_id: str


class Erasure(Shape):
    """The receipt of an erasure. Once it is done, it holds no user id."""

    erasure_id: str
    status: ErasureStatus
    requested_at: KeptTime
    removed: dict[Kind, int] = Field(description="How many items and files of each kind were deleted.")
    done_at: KeptTime | None
    last_copy_gone_at: KeptTime | None = Field(
        description="When the last copy is gone, once the erasure is done: versions of the leaderboards after 75 "
        "minutes, dead letters after 14 days, the table's backups after 35 days."
    )


class ErasureStep(Input):
    """One message on ErasuresQueue: delete what there is now. The last one also ends the erasure."""

    erasure_id: str
    last: bool = False


class GroupDeletion(Input):
    """One message on ErasuresQueue: remove the members of a deleted group."""

    group_id: str


class ExportStatus(StrEnum):
    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"


class ExportStarted(Shape):
    export_id: str


class ExportState(Shape):
    export_id: str
    status: ExportStatus
    requested_at: KeptTime
    url: str | None = Field(description="Where to download the .zip, for 15 minutes. Ask again for a new URL.")
    expires_at: KeptTime | None = Field(description="When the .zip is deleted.")


class ExportStep(Input):
    """One message on ExportsQueue."""

    user_id: UserId
    export_id: str


class ExportedItem(Shape, extra="allow"):
    """A stored item with all its fields. Times are RFC 3339 in UTC; `expires_at` is in seconds since 1970."""

    stored_at: str = Field(description="The item's key in the table.")


class ExportedFile(Shape):
    kind: Kind
    name: str = Field(description="The file's name in the .zip.")
    bytes: int


class Export(Shape):
    """`export.json` in the .zip of an export: everything that is held about a user."""

    user_id: str
    requested_at: KeptTime
    items: dict[Kind, list[ExportedItem]]
    files: list[ExportedFile] = Field(description="The files that are beside this one in the .zip.")
