"""The standing: everything that a user has done, in one item of at most 1 KB, so that counting costs one write unit.

It has no endpoint of its own: stats, achievements, goals, streaks and leaderboards read and change it.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from laurels.days import Days


class Counter(StrEnum):
    """A count that increments change; never below 0."""

    TOTAL_COURSES = "total_courses"
    COMPLETED_COURSES = "completed_courses"
    ACTIVE_COURSES = "active_courses"
    HOMEWORKS_COMPLETED = "homeworks_completed"
    TESTS_PASSED = "tests_passed"


class Metric(StrEnum):
    """A number of a standing that criteria and targets can name."""

    TOTAL_COURSES = "total_courses"
    COMPLETED_COURSES = "completed_courses"
    ACTIVE_COURSES = "active_courses"
    HOMEWORKS_COMPLETED = "homeworks_completed"
    TESTS_PASSED = "tests_passed"
    AVERAGE_GRADE = "average_grade"
    POINTS = "points"
    ACHIEVEMENTS = "achievements"


class Board(StrEnum):
    """A score by which users are ranked."""

    POINTS = "points"
    ACHIEVEMENTS = "achievements"
    HOMEWORKS = "homeworks"
    TESTS = "tests"
    COURSES = "courses"
    STREAK = "streak"


# The boards whose scores are kept, in the order in which they are stored. A streak follows from the days.
SCORED = (Board.POINTS, Board.ACHIEVEMENTS, Board.HOMEWORKS, Board.TESTS, Board.COURSES)
# The counters that are scores on a board.
BOARD_OF = {
    Counter.HOMEWORKS_COMPLETED: Board.HOMEWORKS,
    Counter.TESTS_PASSED: Board.TESTS,
    Counter.COMPLETED_COURSES: Board.COURSES,
}


class Listing(StrEnum):
    """How the user appears on boards."""

    SHOWN = "shown"
    ANONYMOUS = "anonymous"
    HIDDEN = "hidden"


@dataclass(slots=True)
class Score:
    """A score and when it was reached (epoch milliseconds; 0: never)."""

    score: int = 0
    reached: int = 0


def _scores() -> dict[Board, Score]:
    return {board: Score() for board in SCORED}


@dataclass(slots=True)
class Window:
    """The scores of one ISO week or one month; `number` says which (see rules.week_number, rules.month_number)."""

    number: int = 0
    scores: dict[Board, Score] = field(default_factory=_scores)


# Freezes are settled when no late activity can change them: an activity may arrive 30 days late, which is up to 32
# dates if the user has moved since. Grants after that are kept one by one.
GRANT_DAYS = 33


@dataclass(slots=True)
class Freezes:
    """The pool of freezes, and the days that connect a run without counting.

    Days before `horizon` (an ordinal; 0: there never was a freeze) are settled: days that a freeze covered stay
    covered, and `held` freezes were left when the day `horizon` began. Later days follow from `grants` (by ordinal) and
    the active days, and are never stored. Bit n of `covered` is the day n days before the last day of both calendars,
    which end on the same day as soon as there is a freeze or a covered day.
    """

    horizon: int = 0
    held: int = 0
    grants: dict[int, int] = field(default_factory=dict)
    covered: int = 0

    def __bool__(self) -> bool:
        return bool(self.horizon or self.covered)


EVENTS_KEPT = 64


@dataclass(slots=True)
class Standing:
    """`revision` counts its writes: 0 means that nothing is stored yet. Times are epoch milliseconds."""

    user_id: str
    revision: int = 0
    counters: dict[Counter, int] = field(default_factory=lambda: dict.fromkeys(Counter, 0))
    average_grade: float | None = None
    graded_at: int = 0
    scores: dict[Board, Score] = field(default_factory=_scores)  # of all time
    week: Window = field(default_factory=Window)
    month: Window = field(default_factory=Window)
    activity_days: Days = field(default_factory=Days)
    award_days: Days = field(default_factory=Days)
    freezes: Freezes = field(default_factory=Freezes)
    events: list[bytes] = field(default_factory=list)  # fingerprints of the last EVENTS_KEPT, oldest first
    timezone: str = "UTC"
    previous_timezone: str = ""  # until `moved_at`; empty: there was no other
    moved_at: int = 0
    open_targets: int = 0  # goals in progress that have a target
    listing: Listing | None = None  # None: never chosen, so the default applies
    updated_at: int = 0

    @property
    def points(self) -> int:
        return self.scores[Board.POINTS].score

    @property
    def achievements(self) -> int:
        return self.scores[Board.ACHIEVEMENTS].score


Scores = list[tuple[int, int]]  # score and when it was reached, in the order of SCORED


class Contest(NamedTuple):
    """The part of a standing from which boards are made."""

    user_id: str
    listing: Listing | None  # None: the default applies
    scores: Scores  # of all time
    week: tuple[int, Scores]  # with its number
    month: tuple[int, Scores]
    activity_days: Days
    award_days: Days
    whole: Standing | None  # needed if days alone do not determine the streaks
    item: dict[str, Any]  # as stored
