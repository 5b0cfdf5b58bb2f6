"""Streaks, computed from a standing's days. No I/O; days are ordinals, `now` is epoch milliseconds."""

from collections.abc import Iterable
from datetime import date

from laurels import clock, days
from laurels.days import Days
from laurels.standings import freezes, zones
from laurels.standings.models import Standing
from laurels.streaks.models import CALENDAR_DAYS, Calendar, Streak, Streaks


def describe(standing: Standing, now: int) -> Streaks:
    """Return both kinds of streaks, and the calendar."""
    return Streaks(
        user_id=standing.user_id,
        timezone=standing.timezone,
        today=zones.today(standing, now),
        activity=_streak(standing, standing.activity_days, now),
        awards=_streak(standing, standing.award_days, now),
        calendar=_calendar(standing, now),
    )


def _streak(standing: Standing, kind: Days, now: int) -> Streak:
    until, latest = zones.over_until(standing, now), days.latest(kind)
    cover = freezes.cover(standing, until)
    bits = freezes.covered_bits(standing, cover)
    # The run is current if every day since its last one is over and covered, or not over. Without further activity it
    # ends with the first day that no freeze will cover: also one that is active, but not in this kind.
    ending = _first_missing(standing, latest + 1, freezes.cover(standing)) if latest else 0
    alive = latest and _first_missing(standing, latest + 1, cover) >= until
    run = days.joined(kind, bits)[-1] if alive else None
    return Streak(
        length=run.length if run else 0,
        longest=days.longest(kind, covered=bits)[0],
        started_on=date.fromordinal(run.first) if run else None,
        last_day=date.fromordinal(latest) if latest else None,
        at_risk=bool(run) and ending <= zones.today(standing, now).toordinal(),
        expires_at=clock.from_epoch_ms(zones.ends(standing, ending)) if run else None,
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


def _calendar(standing: Standing, now: int) -> Calendar:
    """Return the calendar, which ends today; for a user who has moved west, on a later day that is active already."""
    last = max(zones.today(standing, now).toordinal(), days.latest(standing.activity_days))
    first = last + 1 - CALENDAR_DAYS
    cover, active = freezes.cover(standing, zones.over_until(standing, now)), days.dates(standing.activity_days)

    def listed(found: Iterable[int]) -> list[date]:
        return [date.fromordinal(day) for day in found if day >= first]

    return Calendar(
        first=date.fromordinal(first),
        last=date.fromordinal(last),
        active=listed(active),
        awards=listed(days.dates(standing.award_days)),
        frozen=listed(sorted(_covered(standing, cover).difference(active))),
    )
