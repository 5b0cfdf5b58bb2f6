"""What the rows become: all that is written for one user, ready and checked."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from laurels.achievements.catalogue_models import AchievementDraft
from laurels.achievements.models import AwardDraft
from laurels.badges.models import BadgeDraft
from laurels.documents.models import ProcessingDraft, ProcessingResult, RequirementsDraft, ResumeDraft
from laurels.goals.models import GoalDraft
from laurels.idempotency import Origin
from laurels.standings.models import Counter
from local.migration.reading import Refusal, Row


class Definition(NamedTuple):
    row: Row
    draft: AchievementDraft


class NewProfile(NamedTuple):
    """`fields` are those of the stored profile, `preferences` a patch; `counted_at` dates the counters, as epoch
    milliseconds."""

    row: Row
    fields: dict[str, Any]
    preferences: dict[str, Any]
    counters: dict[Counter, int]
    average_grade: float | None
    counted_at: int


class NewAward(NamedTuple):
    row: Row
    draft: AwardDraft


class NewBadge(NamedTuple):
    row: Row
    draft: BadgeDraft
    origin: Origin


class NewGoal(NamedTuple):
    """`times` are created_at, updated_at and completed_at, where known; `days` those with a check-in."""

    row: Row
    draft: GoalDraft
    origin: Origin
    times: dict[str, str]
    days: list[date]


class NewRequirements(NamedTuple):
    row: Row
    draft: RequirementsDraft
    origin: Origin


class NewResume(NamedTuple):
    row: Row
    draft: ResumeDraft
    origin: Origin


class NewProcessing(NamedTuple):
    """A finished processing: `draft` names its documents by their new ids."""

    row: Row
    draft: ProcessingDraft
    result: ProcessingResult
    origin: Origin
    finished_at: str


@dataclass
class User:
    """All that is written for one user."""

    profile: NewProfile | None = None
    awards: list[NewAward] = field(default_factory=list)
    badges: list[NewBadge] = field(default_factory=list)
    goals: list[NewGoal] = field(default_factory=list)
    requirements: list[NewRequirements] = field(default_factory=list)
    resumes: list[NewResume] = field(default_factory=list)
    processings: list[NewProcessing] = field(default_factory=list)


@dataclass
class Plan:
    """All that is written, and the values and rows that are refused before."""

    definitions: list[Definition] = field(default_factory=list)
    users: dict[str, User] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many rows are written, so that a bar can show the progress; a profile with preferences is one."""
        rows = sum(
            (user.profile is not None)
            + len(user.awards)
            + len(user.badges)
            + len(user.goals)
            + len(user.requirements)
            + len(user.resumes)
            + len(user.processings)
            for user in self.users.values()
        )
        return len(self.definitions) + rows
