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
    DATES_KEPT,
    EVENTS_KEPT,
    Board,
    Counter,
    Metric,
    OwnNumber,
    Score,
    Standing,
    Window,
)

MAX_COUNT = 2**32 - 1
_COUNTERS = frozenset(map(str, Counter))
_EPOCH_DAY, _DAY = date(1970, 1, 1).toordinal(), 24 * 3600 * 1000


def remember(standing: Standing, event_id: str) -> bool:
    """Record an event. Returns False if it is among the user's last 64 already."""
    # 48 bits: among 64 remembered events a new one is mistaken for an old one once in 4 * 10^12. Older versions stored
    # 56 bits, so the fingerprint is cut from these, to recognise their events.
    fingerprint = _fingerprint(event_id)
    if fingerprint in standing.events:
        return False
    standing.events = [*standing.events[1 - EVENTS_KEPT :], fingerprint]
    return True


def remembers(standing: Standing, event_id: str) -> bool:
    """True if the event is among the user's last 64."""
    return _fingerprint(event_id) in standing.events


def _fingerprint(event_id: str) -> bytes:
    return blake2b(event_id.encode(), digest_size=7).digest()[:6]


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


def metric(standing: Standing, name: str) -> int | float:
    """Return the value of a metric, a built-in or an own one; 0 for an unknown average, and if nothing was counted."""
    match name:
        case Metric.AVERAGE_GRADE:
            return standing.average_grade or 0
        case Metric.POINTS:
            return standing.points
        case Metric.ACHIEVEMENTS:
            return standing.achievements
    if name in _COUNTERS:
        return standing.counters[Counter(name)]
    own = standing.own.get(name)
    return own.value if own else 0


def own_values(standing: Standing) -> dict[str, int | float]:
    """Return the own metrics in which something was counted, by name; archived ones too."""
    return {name: standing.own[name].value for name in sorted(standing.own)}


def _score(standing: Standing, board: Board, by: int, at: int, now: int) -> None:
    """Change a score of all time, and of the stored week and month unless `at` is in an earlier one."""
    if by == 0:
        return
    _add(standing.scores[board], by, at)
    day = clock.utc_date(min(at, now))
    begin_windows(standing, day)
    if week_number(day) == standing.week.number:
        _add(standing.week.scores[board], by, at)
    if month_number(day) == standing.month.number:
        _add(standing.month.scores[board], by, at)


def begin_windows(standing: Standing, day: date) -> None:
    """Begin the week and the month of a UTC date, unless the standing has them or later ones."""
    if (number := week_number(day)) > standing.week.number:
        standing.week = Window(number)
        for own in standing.own.values():
            own.week, own.gains_before_week = 0, gained(standing, own, local_day(standing, week_begins(number)))
    if (number := month_number(day)) > standing.month.number:
        standing.month = Window(number)
        for own in standing.own.values():
            own.month, own.gains_before_month = 0, gained(standing, own, local_day(standing, month_begins(number)))


def gained(standing: Standing, own: OwnNumber, day: int) -> int:
    """Return what a counter was to grow on a local date, without its cap; 0 if that is no longer known."""
    age = standing.gains_until - day
    return own.gains[age] if 0 <= age < DATES_KEPT else 0


def local_day(standing: Standing, at: int) -> int:
    """Return the user's local date at a moment, as an ordinal."""
    return zones.local_date(standing, at).toordinal()


def _add(score: Score, by: int, at: int) -> None:
    """Change a score. Its time is that of its latest event, in whatever order events arrive."""
    score.score = min(max(score.score + by, 0), MAX_COUNT)
    score.reached = max(score.reached, at)


def week_number(day: date) -> int:
    """Return the number of the ISO week since the year 1, which began on a Monday."""
    return (day.toordinal() - 1) // 7


def week_begins(number: int) -> int:
    """Return when that week begins, UTC (epoch milliseconds)."""
    return (number * 7 + 1 - _EPOCH_DAY) * _DAY


def month_number(day: date) -> int:
    """Return the number of the month since the year 0."""
    return day.year * 12 + day.month - 1


def month_begins(number: int) -> int:
    """Return when that month begins, UTC (epoch milliseconds)."""
    return (date(number // 12, number % 12 + 1, 1).toordinal() - _EPOCH_DAY) * _DAY
