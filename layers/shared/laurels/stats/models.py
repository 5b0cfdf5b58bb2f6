"""Stats: the messages that services send (the contract of the queue), and what clients read."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from laurels.fields import Input, Integer, Shape, Time, UserId
from laurels.standings.models import Counter

EventId = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,128}$")]
Source = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Increment = Annotated[Integer, Field(ge=-1_000_000, le=1_000_000)]


def _storable(grade: float) -> float:
    """Round tiny grades to 0: DynamoDB refuses numbers between 0 and 1e-130."""
    return 0.0 if grade < 1e-130 else grade


Grade = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False), AfterValidator(_storable)]


class Value(StrEnum):
    """A metric that is set, not counted: the one with the latest `occurred_at` wins."""

    AVERAGE_GRADE = "average_grade"


class StatUpdateDraft(Input):
    """A stat update whose user is in the path."""

    event_id: EventId = Field(description="Names the event. Among a user's last 64 events it counts once.")
    source: Source = Field(description="The service that sends it.")
    occurred_at: Time = Field(description="When it happened: at most 30 days ago; more than 5 minutes ahead is now.")
    increments: dict[Counter, Increment] = Field(default_factory=dict, description="By how much counters change.")
    values: dict[Value, Grade] = Field(default_factory=dict, description="What values are now.")

    @model_validator(mode="after")
    def _says_something(self) -> "StatUpdateDraft":
        if not self.increments and not self.values:
            raise ValueError("must hold at least one increment or value")
        return self


class StatUpdate(StatUpdateDraft):
    """A message on StatUpdatesQueue."""

    user_id: UserId


class Accepted(Shape):
    """The update is on the queue."""

    event_id: str


class Counters(Shape):
    total_courses: int
    completed_courses: int
    active_courses: int
    homeworks_completed: int
    tests_passed: int


class WindowStats(Shape):
    """The scores of the current ISO week or month, UTC."""

    starts_on: date
    points: int
    achievements: int | None = Field(description="Null if you may not see the user's achievements.")
    homeworks: int
    tests: int
    courses: int


class Windows(Shape):
    week: WindowStats
    month: WindowStats


class Stats(Shape):
    user_id: str
    counters: Counters
    average_grade: float | None
    points: int
    achievements: int | None = Field(description="Null if you may not see them.")
    windows: Windows
    updated_at: Time | None = Field(description="When anything here last changed; null if nothing ever did.")
