"""Leaderboards and the platform's summary."""

from enum import StrEnum

from pydantic import Field

from laurels.fields import Input, Number, Shape, Time
from laurels.paging import Listing
from laurels.standings.models import Board


class WindowName(StrEnum):
    """Since ever, this month, this ISO week; UTC."""

    ALL_TIME = "all_time"
    MONTH = "month"
    WEEK = "week"


class BoardQuery(Input):
    window: WindowName = WindowName.ALL_TIME


class RankQuery(BoardQuery):
    neighbours: Number = Field(10, ge=0, le=10, description="At most so many above, and as many below.")


class BoardWindow(Shape):
    window: WindowName
    next_reset: Time | None = Field(description="When it begins anew; null for all time.")


class BoardInfo(Shape):
    board: Board
    windows: list[BoardWindow]


class Boards(Shape):
    items: list[BoardInfo]
    as_of: Time | None = Field(description="When the boards were computed; null before the first time.")


class Entry(Shape):
    """One place on a board. Who chose to be anonymous has no id, name or picture."""

    rank: int = Field(description="Competition rank: 1, 2, 2, 4.")
    position: int = Field(description="Unique: 1, 2, 3, 4.")
    user_id: str | None
    display_name: str | None
    avatar_url: str | None
    score: int
    achieved_at: Time = Field(description="When that score was reached; the earlier stands higher.")


class BoardPage(Listing[Entry]):
    board: Board
    window: WindowName
    total: int = Field(description="How many users are on the board.")
    as_of: Time | None
    next_reset: Time | None


class UserRank(Shape):
    """Where one user stands, and who stands next to them, in the order of the board."""

    board: Board
    window: WindowName
    user_id: str
    rank: int = Field(description="Competition rank: 1, 2, 2, 4.")
    position: int = Field(description="Unique: 1, 2, 3, 4.")
    score: int
    achieved_at: Time = Field(description="When that score was reached; the earlier stands higher.")
    percentile: float = Field(
        description="How many of the others, in percent, do not stand above: their score is lower or equal."
    )
    above: list[Entry] = Field(description="Those before the user; the nearest is the last.")
    below: list[Entry] = Field(description="Those after the user; the nearest is the first.")
    total: int = Field(description="How many users are on the board.")
    as_of: Time
    next_reset: Time | None


class Person(Shape):
    user_id: str | None
    display_name: str | None


class Most(Person):
    value: int


class Gap(Shape):
    """A pair of users and the difference of their points; `a` has the more, or the smaller id."""

    a: Person
    b: Person
    gap: int


class LongStreak(Person):
    longest: int


class Summary(Shape):
    """Of all users but the hidden ones. Gaps are among users with at least one award."""

    most_achievements: Most | None
    most_points: Most | None
    max_points_gap: Gap | None
    min_points_gap: Gap | None
    seven_day_streaks: list[LongStreak] = Field(description="The longest first, at most 1,000.")
    seven_day_streaks_total: int
    users: int
    as_of: Time | None
