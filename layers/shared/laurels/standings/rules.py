"""How a standing changes: counting, grading, earning, days. Pure thinking on a standing that was read for this change.

Every function changes the standing it is given. `now` and `at` are epoch milliseconds, UTC. `at` may lie a little ahead
of `now` (another machine's clock): it keeps its place among other times, but its day is the day that it is here.
"""

import re
from datetime import date, datetime
from hashlib import blake2b
from operator import itemgetter
from zoneinfo import ZoneInfo

from laurels import clock
from laurels.standings.models import (
    BOARD_OF,
    DAYS_KEPT,
    EVENTS_KEPT,
    Board,
    Counter,
    Days,
    Score,
    Standing,
    Window,
)

MAX_COUNT = 2**32 - 1
_ALL_BITS = (1 << DAYS_KEPT) - 1


def remember(standing: Standing, event_id: str) -> bool:
    """True if the event is new, and from now on it is known; False if it is among the user's last 64."""
    # 56 bits: among 64 remembered events a new one is mistaken for an old one once in 10^15.
    fingerprint = blake2b(event_id.encode(), digest_size=7).digest()
    if fingerprint in standing.events:
        return False
    standing.events = [*standing.events[1 - EVENTS_KEPT :], fingerprint]
    return True


def count(standing: Standing, counter: Counter, by: int, at: int, now: int) -> None:
    """Counts up or down, never below 0. A counter that grew makes the local day active."""
    before = standing.counters[counter]
    after = min(max(before + by, 0), MAX_COUNT)
    standing.counters[counter] = after
    if (board := BOARD_OF.get(counter)) is not None:
        _score(standing, board, after - before, at, now)
    if after > before:
        mark(standing.activity_days, local_date(standing, min(at, now)))


def grade(standing: Standing, average: float, at: int) -> None:
    """The average of the latest moment stands, whichever arrives last; of two of the same moment, the later arrival."""
    if standing.average_grade is None or at >= standing.graded_at:
        standing.average_grade, standing.graded_at = average, at


def earn(standing: Standing, points: int, at: int, now: int) -> None:
    """One award: its points, one achievement, and an active day of both kinds."""
    _score(standing, Board.POINTS, points, at, now)
    _score(standing, Board.ACHIEVEMENTS, 1, at, now)
    day = local_date(standing, min(at, now))
    mark(standing.award_days, day)
    mark(standing.activity_days, day)


def _score(standing: Standing, board: Board, by: int, at: int, now: int) -> None:
    """Changes a score of all time, and of the week and month that is kept unless `at` lies in an earlier one."""
    if by == 0:
        return
    _add(standing.scores[board], by, at)
    day = clock.from_epoch_ms(min(at, now)).date()
    for window, number in ((standing.week, week_number(day)), (standing.month, month_number(day))):
        if number > window.number:
            window.number, window.scores = number, Window().scores
        if number == window.number:
            _add(window.scores[board], by, at)


def _add(score: Score, by: int, at: int) -> None:
    """A score is reached when the latest of the events behind it happened, in whatever order they arrive."""
    score.score = min(max(score.score + by, 0), MAX_COUNT)
    score.reached = max(score.reached, at)


def week_number(day: date) -> int:
    """ISO weeks counted from the year 1, which began on a Monday."""
    return (day.toordinal() - 1) // 7


def month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def local_date(standing: Standing, at: int) -> date:
    """The date on the user's own calendar."""
    moment: datetime = clock.from_epoch_ms(at)
    return moment.astimezone(ZoneInfo(standing.timezone)).date() if standing.timezone != "UTC" else moment.date()


def mark(days: Days, day: date) -> None:
    """Adds a date. One that is older than all that is kept changes nothing."""
    ordinal = day.toordinal()
    if ordinal > days.last:
        _advance(days, ordinal)
    if days.last - ordinal < DAYS_KEPT:
        days.bits |= 1 << (days.last - ordinal)


def _advance(days: Days, last: int) -> None:
    """Moves the calendar on to a new last day. The days that leave it at the old end become runs."""
    shift = last - days.last
    if days.last:
        for age in range(DAYS_KEPT - 1, DAYS_KEPT - 1 - min(shift, DAYS_KEPT), -1):
            days.run_before = days.run_before + 1 if days.bits >> age & 1 else 0
            if days.run_before > days.longest_before:
                days.longest_before, days.longest_before_on = days.run_before, days.last - age
        if shift > DAYS_KEPT:
            days.run_before = 0
    days.bits = (days.bits << shift) & _ALL_BITS if shift < DAYS_KEPT else 0
    days.last = last


def runs(days: Days) -> list[tuple[int, int]]:
    """Every run of days on the calendar, oldest first, as (ordinal of its last day, length).

    The first one counts the days that went before the calendar, if it goes on from there.
    """
    found = []
    for run in re.finditer("1+", f"{days.bits:0{DAYS_KEPT}b}"):  # oldest first, like the calendar of a wall
        before = days.run_before if run.start() == 0 else 0
        found.append((days.last - (DAYS_KEPT - run.end()), before + run.end() - run.start()))
    return found


def longest(days: Days, since: int = 0, until: int = date.max.toordinal()) -> tuple[int, int]:
    """The longest run as (length, ordinal of the day on which it was first reached); (0, 0) if there are no days.

    Only days from `since` to `until` count (ordinals; `since` is 0, or on the calendar).
    """
    newest, oldest = max(days.last - until, 0), days.last - since
    bits = days.bits >> newest << newest & (1 << max(oldest + 1, 0)) - 1
    found = (0, 0)
    while bits:  # after n rounds bit k is left if the n days before day k are active too
        found = (found[0] + 1, days.last - bits.bit_length() + 1)
        bits &= bits >> 1
    if since:
        return found
    # The run at the old end of the calendar goes on from the days before it.
    first = DAYS_KEPT - (days.bits ^ _ALL_BITS).bit_length()
    joined = (days.run_before + first, days.last - DAYS_KEPT + first) if first else (0, 0)
    return max((days.longest_before, days.longest_before_on), joined, found, key=itemgetter(0))
