"""Groups: classes, courses and teams with their members, boards, reports, and awards by teachers."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, Strict

from laurels.callers import USER_ID
from laurels.fields import AchievementCode, Input, KeptTime, Shape, Text, Time, Title, UserId
from laurels.leaderboards.models import BoardQuery, Entry, WindowName
from laurels.paging import Listing
from laurels.standings.thresholds import Measured
from laurels.stats.models import WindowStats

MAX_MEMBERS = 500
MAX_GROUPS = 50  # of one user
MAX_ROWS = 100  # of an import, and of awards

GroupName = Annotated[Title, Field(min_length=1, max_length=200)]
GroupDescription = Annotated[Text, Field(max_length=1000)]


class GroupKind(StrEnum):
    CLASS = "class"
    COURSE = "course"
    TEAM = "team"


class BoardMode(StrEnum):
    """The group's leaderboard: with names, without any name, or none for learners."""

    SHOWN = "shown"
    ANONYMOUS = "anonymous"
    OFF = "off"


class Role(StrEnum):
    LEARNER = "learner"
    TEACHER = "teacher"


class GroupDraft(Input):
    kind: GroupKind
    name: GroupName
    description: GroupDescription = ""
    board: BoardMode = Field(BoardMode.SHOWN, description="Names on the leaderboard, none, or no leaderboard.")


class GroupPatch(Input):
    """JSON Merge Patch (RFC 7396): absent fields stay. Only the description can be cleared."""

    kind: GroupKind = GroupKind.CLASS
    name: GroupName = ""
    description: GroupDescription | None = None
    board: BoardMode = BoardMode.SHOWN

    @property
    def changes(self) -> dict[str, Any]:
        """The fields that were sent, as stored in the table."""
        sent = self.model_dump(exclude_unset=True, mode="json")
        return sent | ({"description": sent["description"] or ""} if "description" in sent else {})


class Group(Shape):
    group_id: str
    kind: GroupKind
    name: str
    description: str
    board: BoardMode
    members_count: int = Field(description="Learners and teachers.")
    created_at: KeptTime
    updated_at: KeptTime


class UserGroup(Group):
    """A group, and a user's membership in it."""

    role: Role
    joined_at: KeptTime


class MemberDraft(Input):
    role: Role


class Member(Shape):
    user_id: str
    role: Role
    joined_at: KeptTime


class ListedMember(Member):
    display_name: str
    avatar_url: str | None


class MemberRow(Input):
    """A row of an import."""

    user_id: UserId
    role: Annotated[Role, Strict(False)] = Role.LEARNER  # rows are validated as Python values


class MemberImport(Input):
    """Rows of an import. Each is validated by itself; an invalid row is reported and does not affect the others."""

    items: list[dict[str, Any]] = Field(
        min_length=1,
        max_length=MAX_ROWS,
        json_schema_extra={
            "items": {
                "type": "object",
                "properties": {
                    "user_id": {"type": "string", "pattern": USER_ID},
                    "role": {"$ref": "#/components/schemas/Role", "default": "learner"},
                },
                "required": ["user_id"],
                "additionalProperties": False,
            }
        },
    )


class MemberStatus(StrEnum):
    ADDED = "added"
    UPDATED = "updated"  # was a member with another role
    UNCHANGED = "unchanged"
    FAILED = "failed"


class ImportedMember(Shape):
    index: int
    user_id: str | None
    status: MemberStatus
    errors: list[str] = Field(default_factory=list)


class ImportedMembers(Shape):
    items: list[ImportedMember]
    added: int
    updated: int
    unchanged: int
    failed: int


class GroupBoardQuery(BoardQuery):
    board: str = Field("points", pattern=r"^[a-z][a-z0-9_]{0,31}$", description="A board of `GET /v1/leaderboards`.")
    around: Literal["me"] | None = Field(
        None, description="`me`: your own place with up to 5 places on each side, instead of a page."
    )


class GroupEntry(Entry):
    """One place on a group's board. It has no id, name and picture if the member is anonymous on boards or inactive,
    or if the group's board is anonymous."""

    is_me: bool = Field(description="True for your own place.")


class OwnPlace(Shape):
    """The caller's own place."""

    rank: int
    position: int
    score: Measured


class GroupBoard(Listing[GroupEntry]):
    """A page of a group's leaderboard, computed now from the standings of its learners."""

    group_id: str
    board: str
    window: WindowName
    total: int = Field(description="How many learners are on the board.")
    me: OwnPlace | None = Field(description="Your own place, on whatever page; null if you are not on the board.")
    as_of: Time
    next_reset: Time | None


class ReportOrder(StrEnum):
    RISK = "risk"
    NAME = "name"
    POINTS = "points"


class ReportQuery(Input):
    sort: ReportOrder = Field(
        ReportOrder.RISK,
        description="`risk`: the longest away first; of these, with the most overdue goals, then with a streak at "
        "risk. `points`: the most first.",
    )


class ReportRow(Shape):
    """How one learner is doing. Dates are the learner's own."""

    user_id: str
    display_name: str
    last_active_on: date | None = Field(description="Null if the learner never did anything.")
    days_since: int | None = Field(description="Days from then to the learner's today.")
    streak: int
    at_risk: bool = Field(description="True if the streak ends unless something is done today.")
    points: int
    achievements: int
    week: WindowStats
    month: WindowStats
    metrics: dict[str, Measured] = Field(description="The own metrics in which something was counted, by name.")
    open_goals: int
    overdue_goals: int = Field(description="Open goals whose due date is over.")


class GroupReport(Shape):
    """All learners of a group, computed now."""

    group_id: str
    items: list[ReportRow]
    as_of: Time


class GroupAwardsDraft(Input):
    code: AchievementCode = Field(description="Of the catalogue, with `by_teachers`.")
    user_ids: list[UserId] = Field(min_length=1, max_length=MAX_ROWS, description="Learners of the group.")


class GroupAwardStatus(StrEnum):
    AWARDED = "awarded"
    ALREADY_AWARDED = "already_awarded"
    FAILED = "failed"


class GroupAward(Shape):
    user_id: str
    status: GroupAwardStatus
    error: str | None = Field(None, description="Why it failed.")


class GroupAwards(Shape):
    items: list[GroupAward]
    awarded: int
    already_awarded: int
    failed: int
