"""Streaks, computed from a standing's days. No I/O; days are ordinals, `now` is epoch milliseconds."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from laurels import clock, days
from laurels.days import Days
from laurels.people.figures import Figure
from laurels.people.rules import EVERYTHING, View
from laurels.standings import freezes, zones
from laurels.standings.models import Standing
from laurels.streaks.models import CALENDAR_DAYS, Calendar, Streak, Streaks


class _Reader(NamedTuple):
    """The caller's calendar: the date today, the first date that is not over, and the streaks' owner or others."""

    today: date
    over_until: int
    is_owner: bool


def describe(standing: Standing, now: int, view: View = EVERYTHING) -> Streaks:
    """Return both kinds of streaks and the calendar, without what the caller may not see.

    For callers who may not know the user's time zone nothing depends on it: they see the days that have begun in UTC,
    and a run is over when its day is over everywhere.
    """
    if view.shows(Figure.TIME_ZONE):
        reader = _Reader(zones.today(standing, now), zones.over_until(standing, now), is_owner=True)
    else:
        reader = _Reader(clock.utc_date(now), zones.over_everywhere_until(now), is_owner=False)
        standing = _until(standing, reader.today.toordinal())
    with_awards = view.shows(Figure.AWARD_DAYS)
    return Streaks(
        user_id=standing.user_id,
        timezone=standing.timezone if reader.is_owner else None,
        today=reader.today if reader.is_owner else None,
        activity=_streak(standing, standing.activity_days, reader),
        awards=_streak(standing, standing.award_days, reader) if with_awards else None,
        calendar=_calendar(standing, reader, with_awards=with_awards),
    )


def own_activity(standing: Standing, now: int) -> Streak:
    """Return the streak of active days alone, as its owner sees it."""
    reader = _Reader(zones.today(standing, now), zones.over_until(standing, now), is_owner=True)
    return _streak(standing, standing.activity_days, reader)


def _until(standing: Standing, last: int) -> Standing:
    """Return the standing without later days."""
    activity, awards = (days.until(each, last) for each in (standing.activity_days, standing.award_days))
    return replace(standing, activity_days=activity, award_days=awards)


def _streak(standing: Standing, kind: Days, reader: _Reader) -> Streak:
    until, latest = reader.over_until, days.latest(kind)
    cover = freezes.cover(standing, until)
    bits = freezes.covered_bits(standing, cover)
    # The run is current if every day since its last one is over and covered, or not over. Without further activity it
    # ends with the first day that no freeze will cover: also one that is active, but not in this kind.
    ending = _first_missing(standing, latest + 1, freezes.cover(standing)) if latest else 0
    alive = latest and _first_missing(standing, latest + 1, cover) >= until
    run = days.joined(kind, bits)[-1] if alive else None
    ends = clock.from_epoch_ms(zones.ends(standing, ending)) if run and reader.is_owner else None
    return Streak(
        length=run.length if run else 0,
        longest=days.longest(kind, covered=bits)[0],
        started_on=date.fromordinal(run.first) if run else None,
        last_day=date.fromordinal(latest) if latest else None,
        at_risk=bool(run) and ending <= reader.today.toordinal() if reader.is_owner else None,
        expires_at=ends,
        freezes=cover.held,
    )


def _first_missing(standing: Standing, day: int, cover: freezes.Cover) -> int:
    """Return the first day from `day` on that is not covered."""
    covered = _covered(standing, cover)
    while day in covered:
        day += 1
    return day


def _covered(standing: Standing, cover: freezes.Cover) -> set[int]:
    return {*cover.days, *days.dates(Days(standing.activity_days.last, standing.freezes.covered))}


def _calendar(standing: Standing, reader: _Reader, *, with_awards: bool) -> Calendar:
    """Return the calendar, which ends today; for a user who has moved west, on a later day that is active already."""
    last = max(reader.today.toordinal(), days.latest(standing.activity_days))
    first = last + 1 - CALENDAR_DAYS
    cover, active = freezes.cover(standing, reader.over_until), days.dates(standing.activity_days)

    def listed(found: Iterable[int]) -> list[date]:
        return [date.fromordinal(day) for day in found if first <= day <= last]

    return Calendar(
        first=date.fromordinal(first),
        last=date.fromordinal(last),
        active=listed(active),
        awards=listed(days.dates(standing.award_days)) if with_awards else None,
        frozen=listed(sorted(_covered(standing, cover).difference(active))),
    )
