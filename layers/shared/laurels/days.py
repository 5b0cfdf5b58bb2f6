"""Sets of local dates as bits, and the runs of consecutive days in them. Pure functions."""

import re
from dataclasses import dataclass, replace
from datetime import date
from operator import itemgetter
from typing import NamedTuple

DAYS_KEPT = 368  # a calendar of 365 days, whole bytes
ALL_DAYS = (1 << DAYS_KEPT) - 1


@dataclass(slots=True)
class Days:
    """A set of local dates. The last `DAYS_KEPT` are kept one by one, older ones only as the lengths of their runs.

    `last` is the end of the calendar: the latest date or a later one (an ordinal, as `date.toordinal`; 0: no calendar
    yet). Bit n of `bits` is the day `last - n`. `run_before` is the length of the run that ends on the day before the
    oldest bit, and `covered_before` the number of days in it that were only covered. `longest_before` is the longest
    run among the days that are no longer kept, and `longest_before_on` the ordinal of its last day.
    """

    last: int = 0
    bits: int = 0
    run_before: int = 0
    longest_before: int = 0
    longest_before_on: int = 0
    covered_before: int = 0


def mark(days: Days, day: date) -> None:
    """Add a date. A date that is too old to be kept changes nothing."""
    ordinal = day.toordinal()
    if ordinal > days.last:
        advance(days, ordinal)
    if days.last - ordinal < DAYS_KEPT:
        days.bits |= 1 << (days.last - ordinal)


def advance(days: Days, last: int, covered: int = 0) -> None:
    """Move the end of the calendar to `last`. Days that no longer fit are reduced to the lengths of their runs.

    Bit n of `covered` is the day `last - n`, on the calendar or before it: it connects a run without counting.
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
    """Return the latest date as an ordinal; 0 if there is none on the calendar."""
    return days.last + 1 - (days.bits & -days.bits).bit_length() if days.bits else 0


def until(days: Days, last: int) -> Days:
    """Return the calendar without the dates after `last` (an ordinal). It ends on the same day."""
    later = max(days.last - last, 0)
    return replace(days, bits=days.bits >> later << later)


def dates(days: Days) -> list[int]:
    """Return the dates on the calendar as ordinals, oldest first."""
    return [days.last - age for age in range(DAYS_KEPT - 1, -1, -1) if days.bits >> age & 1]


def runs(days: Days) -> list[tuple[int, int]]:
    """Return every run on the calendar, oldest first, as (ordinal of its last day, length).

    A run that began before the calendar counts its earlier days too.
    """
    return [(run.last, run.length) for run in joined(days, 0)]


class Run(NamedTuple):
    """A run: its first and last day as ordinals, and the number of days that count."""

    first: int
    last: int
    length: int


def joined(days: Days, covered: int) -> list[Run]:
    """Return the runs on the calendar, oldest first. Days of `covered` (bits like the calendar's) connect runs."""
    found = []
    for stretch in re.finditer("1+", f"{days.bits | covered:0{DAYS_KEPT}b}"):  # oldest first
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
    """Return the longest run as (length, ordinal of the day on which it reached that length); (0, 0) without days.

    Only days from `since` to `until` count (ordinals; `since` is 0 or on the calendar). Days of `covered` (bits like
    those of the calendar) connect runs and do not count.
    """
    newest, kept = max(days.last - until, 0), min(max(days.last - since + 1, 0), DAYS_KEPT)
    bits = days.bits >> newest << newest & (1 << kept) - 1
    if covered:
        inside = Days(days.last, bits) if since else replace(days, bits=bits)
        found = [(inside.longest_before, inside.longest_before_on)]
        found += [(run.length, run.last) for run in joined(inside, covered)]
        return max(found, key=itemgetter(0))
    length, ends, counted = 0, 0, bits
    while bits:  # after n rounds, bit k remains if the n days before day k are active too
        length, ends = length + 1, bits
        bits &= bits >> 1
    best = (length, days.last - ends.bit_length() + 1) if length else (0, 0)
    if since:
        return best
    # The oldest run on the calendar continues the run before it.
    first = DAYS_KEPT - (counted ^ ALL_DAYS).bit_length()
    going_on = (days.run_before + first, days.last - DAYS_KEPT + first) if first else (0, 0)
    return max((days.longest_before, days.longest_before_on), going_on, best, key=itemgetter(0))
