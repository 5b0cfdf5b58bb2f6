"""The content of the events that others listen to: `data` of each CloudEvent, by the name of its type.

An event holds what a listener needs to decide whether it concerns them, and no contact details, names or texts of a
person: who needs more asks the API, which knows what may be seen.
"""

from datetime import date
from enum import StrEnum

from pydantic import Field

from laurels.fields import KeptTime, Shape
from laurels.standings.models import Counter
from laurels.standings.thresholds import Measured


class UserCreated(Shape):
    """A user has a profile now."""

    user_id: str
    language: str | None
    created_at: KeptTime


class UserUpdated(Shape):
    """A profile or its preferences were changed."""

    user_id: str
    changed: list[str] = Field(description="The names of the fields that differ now.")
    language: str | None
    is_active: bool
    is_verified: bool


class UserErased(Shape):
    """A user was erased, finally: whatever arrives about them later is to be ignored."""

    user_id: str


class StatsUpdated(Shape):
    """A user's stats were changed."""

    user_id: str
    changed: list[str] = Field(description="The metrics that differ now.")
    counters: dict[Counter, int]
    average_grade: float | None
    points: int
    achievements: int
    metrics: dict[str, Measured] = Field(
        default_factory=dict, description="The own metrics in which something was counted, by name."
    )


class AchievementAwarded(Shape):
    """A user has earned an achievement."""

    user_id: str
    award_id: str
    code: str
    title: str | None = Field(description="Of an award without an entry in the catalogue; null for all others.")
    points: int
    awarded_at: KeptTime = Field(description="When it was earned, which may be before the event.")


class AchievementRevoked(Shape):
    """An award was taken back, with its points."""

    user_id: str
    award_id: str
    code: str
    points: int


class GoalTarget(Shape):
    """What completes a goal: a metric that reaches a value."""

    metric: str
    value: float


class GoalCompleted(Shape):
    """A user has completed a goal, by hand or by reaching its target."""

    user_id: str
    goal_id: str
    target: GoalTarget | None
    completed_at: KeptTime


class StreakKind(StrEnum):
    ACTIVITY = "activity"
    AWARDS = "awards"


class StreakExtended(Shape):
    """A user's current run of days is longer than it was."""

    user_id: str
    kind: StreakKind
    length: int
    longest: int
    started_on: date
    last_day: date


class Channels(Shape):
    """The ways on which the user wants to be notified."""

    email: bool
    push: bool
    sms: bool


class StreakAtRisk(Shape):
    """It is past 20:00 where the user is, and the current run of days ends at midnight unless something is done. At
    most once per user and date."""

    user_id: str
    date: date
    length: int
    expires_at: KeptTime
    timezone: str
    language: str | None
    allowed: Channels


class SessionRevoked(Shape):
    """A session was ended before its time: its tokens are refused."""

    user_id: str
    session_id: str = Field(description="The `sid` of its tokens.")
    revoked_at: KeptTime


class GroupJoined(Shape):
    """A user is a member of a group now."""

    user_id: str
    group_id: str
    role: str = Field(description="`learner` or `teacher`.")
    joined_at: KeptTime


class GroupLeft(Shape):
    """A user is no member of a group any more: they left or were removed, or the group was deleted."""

    user_id: str
    group_id: str


class ResumeCreated(Shape):
    """A user has added a resume. Its text may not be known yet."""

    user_id: str
    resume_id: str
    requirements_id: str | None = Field(description="The requirements that it is meant for.")
    created_at: KeptTime


class ResumeDeleted(Shape):
    """A resume was deleted, with its processings."""

    user_id: str
    resume_id: str


class RequirementsCreated(Shape):
    """A user has added requirements. Their text may not be known yet."""

    user_id: str
    requirements_id: str
    created_at: KeptTime


class RequirementsDeleted(Shape):
    """Requirements were deleted, with their resumes and processings."""

    user_id: str
    requirements_id: str


class ProcessingRequested(Shape):
    """A resume is to be matched against requirements."""

    user_id: str
    processing_id: str
    resume_id: str
    requirements_id: str
    created_at: KeptTime


class ProcessingFinished(Shape):
    """A processing has its result, has failed, or has been found to have timed out."""

    user_id: str
    processing_id: str
    resume_id: str
    requirements_id: str
    status: str = Field(description="`succeeded` or `failed`.")
    score: int | None = Field(description="0 to 100.")
    finished_at: KeptTime


class ProcessingDeleted(Shape):
    """A processing was deleted. A result that comes later is ignored."""

    user_id: str
    processing_id: str


# The types of events, `laurels.<name>.v1`. Types of other rooms are added here, and in `rules.KINDS`.
TYPES: dict[str, type[Shape]] = {
    "user.created": UserCreated,
    "user.updated": UserUpdated,
    "user.erased": UserErased,
    "stats.updated": StatsUpdated,
    "achievement.awarded": AchievementAwarded,
    "achievement.revoked": AchievementRevoked,
    "goal.completed": GoalCompleted,
    "streak.extended": StreakExtended,
    "streak.at_risk": StreakAtRisk,
    "group.joined": GroupJoined,
    "group.left": GroupLeft,
    "resume.created": ResumeCreated,
    "resume.deleted": ResumeDeleted,
    "requirements.created": RequirementsCreated,
    "requirements.deleted": RequirementsDeleted,
    "processing.requested": ProcessingRequested,
    "processing.finished": ProcessingFinished,
    "processing.deleted": ProcessingDeleted,
    "session.revoked": SessionRevoked,
}
