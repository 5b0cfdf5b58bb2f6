"""Goals: what a user wants to reach, how far they are, and the days on which they worked for it."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, PlainSerializer, ValidationInfo, WithJsonSchema, field_validator

from laurels.shapes import Day, Input, Shape, Text, Time, Title
from laurels.standings.models import Metric

MAX_TARGET = 2**32 - 1  # no counter goes further


def _shortest(value: float) -> int | float:
    """10 and not 10.0: some clients would not take that for a whole number."""
    return int(value) if value.is_integer() else value


TargetValue = Annotated[
    float,
    Field(ge=0.01, le=MAX_TARGET, allow_inf_nan=False),
    PlainSerializer(_shortest),
    WithJsonSchema({"type": "number", "minimum": 0.01, "maximum": MAX_TARGET}),
]


class GoalStatus(StrEnum):
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    ABANDONED = "abandoned"


class Target(Input):
    """A stat and the value that it is to reach."""

    metric: Metric
    value: TargetValue = Field(description="A whole number, or for `average_grade` at most 100.")

    @field_validator("value")
    @classmethod
    def _can_be_reached(cls, value: float, info: ValidationInfo) -> float:
        metric = info.data.get("metric")
        if metric is Metric.AVERAGE_GRADE:
            if value > 100:
                raise ValueError("must be at most 100 for average_grade")
        elif metric is not None and not value.is_integer():
            raise ValueError(f"must be a whole number for {metric}")
        return value


class GoalDraft(Input):
    """A goal as its owner writes it, whole: what is left out is empty, or as it is at first."""

    title: Annotated[Title, Field(min_length=1, max_length=200)]
    description: Annotated[Text, Field(max_length=1000)] = ""
    status: GoalStatus = GoalStatus.IN_PROGRESS
    target: Target | None = Field(None, description="When the stat reaches it, the goal completes by itself.")
    due_date: Day | None = Field(None, description="A new goal's lies today or later, on the user's calendar.")


class GoalFilter(Input):
    status: GoalStatus | None = None


class Goal(Shape):
    goal_id: str
    title: str
    description: str
    status: GoalStatus
    target: Target | None
    progress: int | None = Field(
        description="Whole percent of the target, 100 once completed; null without a target, or if you may not see the "
        "owner's stats."
    )
    due_date: Day | None
    streak_count: int = Field(description="Check-ins on successive days, up to today or yesterday.")
    longest_streak: int
    created_at: Time
    updated_at: Time
    completed_at: Time | None


class CheckInDraft(Input):
    """A day's work for a goal."""

    date: Day | None = Field(None, description="On the user's calendar, at most 7 days ago; today if absent.")
