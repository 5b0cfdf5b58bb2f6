"""Leaderboards and the platform's summary."""

from enum import StrEnum

from pydantic import Field

from laurels.fields import Input, Number, Shape, Time
from laurels.paging import Listing
from laurels.standings.thresholds import Measured


class WindowName(StrEnum):
    """All time, the current month, the current ISO week; UTC."""

    ALL_TIME = "all_time"
    MONTH = "month"
    WEEK = "week"


class BoardQuery(Input):
    window: WindowName = WindowName.ALL_TIME


class RankQuery(BoardQuery):
    neighbours: Number = Field(10, ge=0, le=10, description="At most so many above, and as many below.")


class BoardWindow(Shape):
    window: WindowName
    next_reset: Time | None = Field(description="When the window is reset; null for all time.")


class BoardInfo(Shape):
    board: str = Field(description="The board's name; that of an own metric is the metric's.")
    windows: list[BoardWindow] = Field(description="Boards of values and bests have all time alone.")


class Boards(Shape):
    items: list[BoardInfo]
    as_of: Time | None = Field(description="When the boards were computed; null before the first time.")


class Entry(Shape):
    """One place on a board. It has no id, name and picture if the user is anonymous, or if you may not see the user's
    profile and what the board counts."""

    rank: int = Field(description="Competition rank: 1, 2, 2, 4.")
    position: int = Field(description="Unique: 1, 2, 3, 4.")
    user_id: str | None
    display_name: str | None
    avatar_url: str | None
    score: Measured
    achieved_at: Time = Field(
        description="When that score was reached. Of equal scores, the earlier one is higher. Without a name only the "
        "day: its beginning, UTC."
    )


class BoardPage(Listing[Entry]):
    board: str
    window: WindowName
    total: int = Field(description="How many users are on the board.")
    as_of: Time | None
    next_reset: Time | None


class UserRank(Shape):
    """One user's place with the neighbouring places, in the order of the board."""

    board: str
    window: WindowName
    user_id: str
    rank: int = Field(description="Competition rank: 1, 2, 2, 4.")
    position: int = Field(description="Unique: 1, 2, 3, 4.")
    score: Measured
    achieved_at: Time = Field(description="When that score was reached. Of equal scores, the earlier one is higher.")
    percentile: float = Field(
        description="The percentage of the other users on the board whose score is lower or equal."
    )
    above: list[Entry] = Field(description="The places before the user; the nearest is the last.")
    below: list[Entry] = Field(description="The places after the user; the nearest is the first.")
    total: int = Field(description="How many users are on the board.")
    as_of: Time
    next_reset: Time | None


class Person(Shape):
    """Somebody in the summary. All is null if the user is anonymous, or if you may not see the profile and what the
    person is named for."""

    user_id: str | None
    display_name: str | None
    points: int | None = Field(description="Null if you may not see the person's stats.")
    achievements: int | None = Field(description="Null if you may not see the person's achievements.")


class Most(Person):
    value: int


class Gap(Shape):
    """A pair of users and the difference of their points; `a` has more points, or the smaller id."""

    a: Person
    b: Person
    gap: int


class LongStreak(Person):
    longest: int


class Summary(Shape):
    """Statistics of all users except hidden ones. Gaps are among users with at least one award."""

    most_achievements: Most | None
    most_points: Most | None
    max_points_gap: Gap | None
    min_points_gap: Gap | None
    seven_day_streaks: list[LongStreak] = Field(description="The longest first, at most 94.")
    seven_day_streaks_total: int
    users: int = Field(
        description="Everybody of whom a stat, an award, a check-in or a choice for leaderboards is stored, except "
        "users who are hidden on leaderboards or erased."
    )
    as_of: Time | None
