"""How a standing changes: counting, grading, earning, days. No I/O: every function changes the standing it is given.

`now` and `at` are epoch milliseconds. `at` may be a little after `now` (another machine's clock): it keeps its order
among other times, but its day is the day of `now`.
"""

from datetime import date
from hashlib import blake2b

from laurels import clock
from laurels.standings import freezes, zones
from laurels.standings.models import (
    BOARD_OF,
    EVENTS_KEPT,
    Board,
    Counter,
    Metric,
    Score,
    Standing,
    Window,
)

MAX_COUNT = 2**32 - 1


def remember(standing: Standing, event_id: str) -> bool:
    """Record an event. Returns False if it is among the user's last 64 already."""
    # 48 bits: among 64 remembered events a new one is mistaken for an old one once in 4 * 10^12. Older versions stored
    # 56 bits, so the fingerprint is cut from these, to recognise their events.
    fingerprint = blake2b(event_id.encode(), digest_size=7).digest()[:6]
    if fingerprint in standing.events:
        return False
    standing.events = [*standing.events[1 - EVENTS_KEPT :], fingerprint]
    return True


def count(standing: Standing, counter: Counter, by: int, at: int, now: int) -> None:
    """Add `by` to a counter, which never falls below 0. If it grows, the local day becomes active."""
    before = standing.counters[counter]
    after = min(max(before + by, 0), MAX_COUNT)
    standing.counters[counter] = after
    if (board := BOARD_OF.get(counter)) is not None:
        _score(standing, board, after - before, at, now)
    if after > before:
        moment = min(at, now)
        freezes.be_active(standing, zones.local_date(standing, moment).toordinal(), moment, now)


def grade(standing: Standing, average: float, at: int) -> None:
    """Set the average grade unless a later one is known. Of two with the same time, the later arrival wins."""
    if standing.average_grade is None or at >= standing.graded_at:
        standing.average_grade, standing.graded_at = average, at


def earn(standing: Standing, points: int, at: int, now: int) -> None:
    """Add one award: its points, one achievement, and an active day in both calendars."""
    _score(standing, Board.POINTS, points, at, now)
    _score(standing, Board.ACHIEVEMENTS, 1, at, now)
    moment = min(at, now)
    freezes.be_active(standing, zones.local_date(standing, moment).toordinal(), moment, now, award=True)


def lose(standing: Standing, points: int, at: int, now: int) -> None:
    """Remove an award that was earned `at`: its points and one achievement, also from the stored week and month. The
    times at which scores were reached stay, and the day stays active."""
    _score(standing, Board.POINTS, -points, at, now)
    _score(standing, Board.ACHIEVEMENTS, -1, at, now)


def be_active(standing: Standing, day: date, now: int) -> None:
    """Make a day active through something done now."""
    freezes.be_active(standing, day.toordinal(), now, now)


def metric(standing: Standing, name: Metric) -> int | float:
    """Return the value of a metric; an unknown average is 0."""
    match name:
        case Metric.AVERAGE_GRADE:
            return standing.average_grade or 0
        case Metric.POINTS:
            return standing.points
        case Metric.ACHIEVEMENTS:
            return standing.achievements
    return standing.counters[Counter(name)]


def _score(standing: Standing, board: Board, by: int, at: int, now: int) -> None:
    """Change a score of all time, and of the stored week and month unless `at` is in an earlier one."""
    if by == 0:
        return
    _add(standing.scores[board], by, at)
    day = clock.utc_date(min(at, now))
    for window, number in ((standing.week, week_number(day)), (standing.month, month_number(day))):
        if number > window.number:
            window.number, window.scores = number, Window().scores
        if number == window.number:
            _add(window.scores[board], by, at)


def _add(score: Score, by: int, at: int) -> None:
    """Change a score. Its time is that of its latest event, in whatever order events arrive."""
    score.score = min(max(score.score + by, 0), MAX_COUNT)
    score.reached = max(score.reached, at)


def week_number(day: date) -> int:
    """Return the number of the ISO week since the year 1, which began on a Monday."""
    return (day.toordinal() - 1) // 7


def month_number(day: date) -> int:
    """Return the number of the month since the year 0."""
    return day.year * 12 + day.month - 1
