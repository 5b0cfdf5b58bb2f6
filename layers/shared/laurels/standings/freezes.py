"""Days that join a streak without counting for it: those that freezes cover, and those that a move kept open.

A missed day is covered when it is over, the streak is alive (the day before is active or covered) and a freeze is held;
a freeze counts from the local date on which it was given. With two freezes given on Monday (x active, o covered):

    Mon Tue Wed Thu Fri Sat
     x   o   x   o   .   x     Friday found none left: a streak of 2 days, and one of 1 day that is alive
     x   o   x   x   o   x     with an activity of Thursday that came late: one streak of 4 days

So covered days are a function of active days, grants and now. Only days that no late activity can change any more are
settled and stored: how often and when that happens changes no answer. No I/O. `day` is an ordinal, `at` and `now` are
epoch milliseconds.
"""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from laurels import days
from laurels.days import ALL_DAYS, DAYS_KEPT
from laurels.standings import zones
from laurels.standings.models import GRANT_DAYS, Standing

MAX_HELD = 10  # the most that the item can store


class Cover(NamedTuple):
    """The days that freezes cover from the horizon on, and how many freezes are left."""

    days: list[int]
    held: int


def be_active(standing: Standing, day: int, at: int, now: int, *, award: bool = False) -> None:
    """Make a day active through something done `at`; an award makes it active in both calendars.

    Days that a move kept open are covered even if they are active themselves: they may be without an award.
    """
    settle(standing, now)
    kept = _kept(standing, day, at)
    if kept or standing.freezes:
        _extend(standing, max(day, standing.activity_days.last), kept)
    for calendar in (standing.activity_days, standing.award_days)[: 1 + award]:
        days.mark(calendar, date.fromordinal(day))


def settle(standing: Standing, now: int) -> None:
    """Store the days that freezes covered so long ago that no late activity can change them."""
    freezes = standing.freezes
    horizon = zones.today(standing, now).toordinal() + 1 - GRANT_DAYS if freezes.horizon else 0
    if horizon > freezes.horizon:
        cover = _walk(standing, horizon)
        _extend(standing, max(standing.activity_days.last, *cover.days[-1:], 0), cover.days)
        grants = {day: count for day, count in freezes.grants.items() if day >= horizon}
        freezes.horizon, freezes.held, freezes.grants = horizon, cover.held, grants


def grant(standing: Standing, count: int, now: int, limit: int = MAX_HELD) -> bool:
    """Add freezes. Returns False, and adds none, if more than `limit` (at most MAX_HELD) would be held.

    A lower limit takes nothing from users who hold more, nor what a late activity gives back to them.
    """
    settle(standing, now)
    if held(standing, now) + count > min(limit, MAX_HELD):
        return False
    freezes, day = standing.freezes, zones.today(standing, now).toordinal()
    if not freezes.horizon:
        freezes.horizon = day
        _extend(standing, standing.activity_days.last)
    day = max(day, freezes.horizon)  # a user who has moved west may be a day behind
    freezes.grants[day] = freezes.grants.get(day, 0) + count
    return True


def held(standing: Standing, now: int) -> int:
    """Return how many freezes are left."""
    return cover(standing, zones.over_until(standing, now)).held


def cover(standing: Standing, until: int = date.max.toordinal()) -> Cover:
    """Return the covered days and the freezes left, if every day before `until` is over.

    Every day before the latest active one counts as over too: a covered day stays covered when the user flies west over
    the date line and gets that day again.
    """
    until = max(until, days.latest(standing.activity_days))
    found = _walk(standing, until)
    return Cover(found.days, min(found.held + _granted(standing, until), MAX_HELD))


def covered_bits(standing: Standing, found: Cover) -> int:
    """Return the days that connect a streak without counting, found and stored, as bits of both calendars."""
    return standing.freezes.covered | sum(_bit(standing, day) for day in found.days)


def _walk(standing: Standing, until: int) -> Cover:
    """Go day by day from the horizon, or from the last active day if there never was a freeze."""
    freezes, latest = standing.freezes, days.latest(standing.activity_days)
    joining = standing.activity_days.bits | freezes.covered
    left, found, first = freezes.held, [], freezes.horizon or latest + 1
    alive = _is(joining, standing, first - 1)
    for day in range(first, until):
        left = min(left + freezes.grants.get(day, 0), MAX_HELD)
        if _is(joining, standing, day):
            alive = True
        elif alive and not zones.happened(standing, day):
            found.append(day)
        elif alive and left:
            left -= 1
            found.append(day)
        else:
            alive = False
            if day > latest:  # nothing more to cover
                return Cover(found, min(left + _granted(standing, day + 1, until), MAX_HELD))
    return Cover(found, left)


def _granted(standing: Standing, first: int, until: int = date.max.toordinal()) -> int:
    return sum(count for day, count in standing.freezes.grants.items() if first <= day < until)


def _kept(standing: Standing, day: int, at: int) -> list[int]:
    """Return the days before `day` that break no run if it is active."""
    kept = zones.kept_open(standing, day, at)
    before = min(kept, default=day) - 1
    if not _is(standing.activity_days.bits, standing, day) and not zones.happened(standing, before):
        kept.append(before)
    return kept


def _extend(standing: Standing, last: int, covered: Iterable[int] = ()) -> None:
    """Extend both calendars to the same last day, so that their bits mean the same days, and cover days."""
    shift = last - standing.activity_days.last
    bits = standing.freezes.covered << shift | sum(1 << last - day for day in covered)
    for calendar in (standing.activity_days, standing.award_days):
        days.advance(calendar, last, bits)
    standing.freezes.covered = bits & ALL_DAYS


def _is(bits: int, standing: Standing, day: int) -> bool:
    return bool(bits & _bit(standing, day))


def _bit(standing: Standing, day: int) -> int:
    """Return the bit of a day on both calendars; 0 for a day outside of them."""
    age = standing.activity_days.last - day
    return 1 << age if 0 <= age < DAYS_KEPT else 0
