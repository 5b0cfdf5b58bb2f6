"""Sets of local dates, packed, and the runs that they make. Pure thinking."""

import re
from dataclasses import dataclass
from datetime import date
from operator import itemgetter

DAYS_KEPT = 368  # a calendar of 365 days, whole bytes
_ALL_BITS = (1 << DAYS_KEPT) - 1


@dataclass(slots=True)
class Days:
    """A set of local dates. The last `DAYS_KEPT` are kept one by one, older ones only as the runs they made.

    `last` is where the calendar ends: the latest date or a later one (proleptic ordinal, as `date.toordinal`; 0: no
    calendar yet); bit n of `bits` stands for `last - n`. `run_before` is the length of the run that goes on to the day
    before the oldest bit, and `covered_before` the number of days inside it that were only covered; `longest_before` is
    the longest run that has left the bits, and `longest_before_on` the ordinal of that run's last day.
    """

    last: int = 0
    bits: int = 0
    run_before: int = 0
    longest_before: int = 0
    longest_before_on: int = 0
    covered_before: int = 0


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
