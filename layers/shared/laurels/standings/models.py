"""The standing: everything that a user has done, in one item, so that counting costs one write unit: the item has at
most 1 KB, or 2 KB if the user has numbers in own metrics (metrics that an operator defined).

It has no endpoint of its own: stats, achievements, goals, streaks and leaderboards read and change it.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from laurels.days import Days


class Counter(StrEnum):
    """A count that increments change; never below 0."""

    TOTAL_COURSES = "total_courses"
    COMPLETED_COURSES = "completed_courses"
    ACTIVE_COURSES = "active_courses"
    HOMEWORKS_COMPLETED = "homeworks_completed"
    TESTS_PASSED = "tests_passed"


class Metric(StrEnum):
    """A built-in number of a standing that criteria and targets can name. They can name own metrics, too."""

    TOTAL_COURSES = "total_courses"
    COMPLETED_COURSES = "completed_courses"
    ACTIVE_COURSES = "active_courses"
    HOMEWORKS_COMPLETED = "homeworks_completed"
    TESTS_PASSED = "tests_passed"
    AVERAGE_GRADE = "average_grade"
    POINTS = "points"
    ACHIEVEMENTS = "achievements"


class Board(StrEnum):
    """A built-in score by which users are ranked. An own metric may have a board of its name."""

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


# Dates for which an own counter keeps what a user gained, for its daily cap: today and yesterday, also for two dates
# after a move from the first time zone on Earth to the last one.
DATES_KEPT = 4
HUNDREDTHS = 100  # values and bests are kept as whole hundredths


@dataclass(slots=True)
class OwnNumber:
    """What a standing holds of one own metric. Times are epoch milliseconds.

    A counter has a count, and what it has grown in the standing's week and month. `reached` is the time of its latest
    event, also for these: that event lies in the latest week and month. `gains` are the sums of increments of the
    last DATES_KEPT dates, without the cap: gains[n] is that of `gains_until` - n. Of the date on which the week (the
    month) begins, `gains_before_week` (`…_month`) is the part before it begins.

    A value or best has its number in hundredths, and the time at which it was so. None of the rest.
    """

    is_counter: bool = True
    number: int = 0
    reached: int = 0
    week: int = 0
    month: int = 0
    gains: list[int] = field(default_factory=lambda: [0] * DATES_KEPT)
    gains_before_week: int = 0
    gains_before_month: int = 0

    @property
    def value(self) -> int | float:
        """The number as clients read it."""
        whole, rest = divmod(self.number, HUNDREDTHS)
        return self.number if self.is_counter else self.number / HUNDREDTHS if rest else whole


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
    own: dict[str, OwnNumber] = field(default_factory=dict)  # by metric; also of archived ones
    gains_until: int = 0  # the latest date for which own counters keep gains, as an ordinal

    @property
    def points(self) -> int:
        return self.scores[Board.POINTS].score

    @property
    def achievements(self) -> int:
        return self.scores[Board.ACHIEVEMENTS].score


Scores = list[tuple[int, int]]  # score and when it was reached, in the order of SCORED
