"""Goals: a title, an optional target, and the days on which the user checked in."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from laurels.fields import Day, Input, Shape, Text, Time, Title, either_spelling
from laurels.standings.thresholds import Measure


class GoalStatus(StrEnum):
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    ABANDONED = "abandoned"


class Target(Measure):
    """A metric and the value it must reach."""


class GoalDraft(Input):
    """A whole goal as its owner writes it; fields that are left out get their defaults."""

    title: Annotated[Title, Field(min_length=1, max_length=200)]
    description: Annotated[Text, Field(max_length=1000)] = ""
    status: GoalStatus = GoalStatus.IN_PROGRESS
    target: Target | None = Field(None, description="When the stat reaches it, the goal completes by itself.")
    due_date: Day | None = Field(None, description="A new goal's lies today or later, on the user's calendar.")


class GoalFilter(Input):
    status: Annotated[GoalStatus, either_spelling(GoalStatus)] | None = None


class Goal(Shape):
    goal_id: str
    title: str
    description: str
    status: GoalStatus
    target: Target | None
    progress: int | None = Field(
        description="Whole percent of the target, 100 once completed; null without a target, or if you may not see "
        "what it measures."
    )
    due_date: Day | None
    streak_count: int = Field(description="Check-ins on successive days, up to today or yesterday.")
    longest_streak: int
    checked_in_today: bool | None = Field(
        description="True if there is a check-in for today, on the owner's calendar; null for others than the owner "
        "and admins."
    )
    created_at: Time
    updated_at: Time
    completed_at: Time | None


class CheckInDraft(Input):
    """A check-in: one day's work for a goal."""

    date: Day | None = Field(None, description="On the user's calendar, at most 7 days ago; today if absent.")
