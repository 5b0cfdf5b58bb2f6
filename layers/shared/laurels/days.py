"""Sets of local dates, packed, and the runs that they make. Pure thinking."""

import re
from dataclasses import dataclass, replace
from datetime import date
from operator import itemgetter
from typing import NamedTuple

DAYS_KEPT = 368  # a calendar of 365 days, whole bytes
ALL_DAYS = (1 << DAYS_KEPT) - 1


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
        advance(days, ordinal)
    if days.last - ordinal < DAYS_KEPT:
        days.bits |= 1 << (days.last - ordinal)


def advance(days: Days, last: int, covered: int = 0) -> None:
    """Moves the end of the calendar on to `last`. The days that leave it at the old end become runs.

    Bit n of `covered` stands for `last - n`, on the calendar or older: a day that joins a run and does not count.
    """
    shift = last - days.last
    bits = days.bits << shift if days.last else 0
    for age in range(DAYS_KEPT + shift - 1 if days.last else 0, DAYS_KEPT - 1, -1):
        if bits >> age & 1:
            days.run_before += 1
            if days.run_before > days.longest_before:
                days.longest_before, days.longest_before_on = days.run_before, last - age
        elif not covered >> age & 1:
            days.run_before = days.covered_before = 0
        elif days.run_before:
            days.covered_before += 1
    days.bits = bits & ALL_DAYS
    days.last = last


def latest(days: Days) -> int:
    """The latest date of all, as an ordinal; 0 if there is none on the calendar."""
    return days.last + 1 - (days.bits & -days.bits).bit_length() if days.bits else 0


def dates(days: Days) -> list[int]:
    """The dates on the calendar, as ordinals, oldest first."""
    return [days.last - age for age in range(DAYS_KEPT - 1, -1, -1) if days.bits >> age & 1]


def runs(days: Days) -> list[tuple[int, int]]:
    """Every run of days on the calendar, oldest first, as (ordinal of its last day, length).

    The first one counts the days that went before the calendar, if it goes on from there.
    """
    return [(run.last, run.length) for run in joined(days, 0)]


class Run(NamedTuple):
    """Its first and last day as ordinals, and how many days count."""

    first: int
    last: int
    length: int


def joined(days: Days, covered: int) -> list[Run]:
    """The runs on the calendar, oldest first, where the days of `covered` (bits as those of the calendar) join."""
    found = []
    for stretch in re.finditer("1+", f"{days.bits | covered:0{DAYS_KEPT}b}"):  # oldest first, like a calendar on a wall
        oldest, newest = DAYS_KEPT - 1 - stretch.start(), DAYS_KEPT - stretch.end()
        active = days.bits >> newest & (1 << oldest - newest + 1) - 1
        if not active:
            continue
        ends = days.last - newest
        first, last = ends + 1 - active.bit_length(), ends + 1 - (active & -active).bit_length()
        before = days.run_before if stretch.start() == 0 else 0
        if before:
            first = days.last - oldest - before - days.covered_before
        found.append(Run(first, last, before + active.bit_count()))
    return found


def longest(days: Days, since: int = 0, until: int = date.max.toordinal(), covered: int = 0) -> tuple[int, int]:
    """The longest run as (length, ordinal of the day on which it was first reached); (0, 0) if there are no days.

    Only days from `since` to `until` count (ordinals; `since` is 0, or on the calendar). Those of `covered` (bits as
    those of the calendar) join runs and do not count.
    """
    newest, oldest = max(days.last - until, 0), days.last - since
    bits = days.bits >> newest << newest & (1 << max(oldest + 1, 0)) - 1
    if covered:
        inside = Days(days.last, bits) if since else replace(days, bits=bits)
        found = [(inside.longest_before, inside.longest_before_on)]
        found += [(run.length, run.last) for run in joined(inside, covered)]
        return max(found, key=itemgetter(0))
    best = (0, 0)
    while bits:  # after n rounds bit k is left if the n days before day k are active too
        best = (best[0] + 1, days.last - bits.bit_length() + 1)
        bits &= bits >> 1
    if since:
        return best
    # The run at the old end of the calendar goes on from the days before it.
    first = DAYS_KEPT - (days.bits ^ ALL_DAYS).bit_length()
    going_on = (days.run_before + first, days.last - DAYS_KEPT + first) if first else (0, 0)
    return max((days.longest_before, days.longest_before_on), going_on, best, key=itemgetter(0))
