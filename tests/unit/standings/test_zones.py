"""The end of local dates, in all IANA zones, at every clock change near midnight from 2006 to 2036."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from laurels import clock
from laurels.standings import freezes, rules, zones
from laurels.standings.models import Counter, Standing
from tests.unit.streaks.oracle import MINUTE, midnight

WEEK = timedelta(weeks=1)
FIRST, LAST = datetime(2006, 1, 1, tzinfo=UTC), datetime(2037, 1, 1, tzinfo=UTC)


def offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def changes(name: str) -> Iterator[tuple[datetime, datetime]]:
    """The local times a minute before and right after each clock change."""
    zone, weeks = ZoneInfo(name), [FIRST + WEEK * number for number in range((LAST - FIRST) // WEEK + 2)]
    offsets = [offset(zone, week) for week in weeks]
    for (before, after), (old, new) in zip(pairwise(weeks), pairwise(offsets), strict=True):
        if old != new:
            while after - before > MINUTE:
                middle = before + (after - before) // 2
                if offset(zone, middle) == old:
                    before = middle
                else:
                    after = middle
            yield before.astimezone(zone), after.astimezone(zone)


@cache
def near_midnight() -> list[tuple[str, date]]:
    """Zones and dates whose end may be moved or repeated by a clock change."""
    return sorted(
        {
            (name, shown.date() - timedelta(shown.hour < 12))
            for name in available_timezones()
            for change in changes(name)
            if any(shown.hour in (23, 0) for shown in change)
            for shown in change
        }
    )


def ends(zone: str, day: date) -> datetime:
    return clock.from_epoch_ms(zones.ends(Standing("42", timezone=zone), day.toordinal()))


@pytest.mark.slow
def test_a_date_ends_after_the_last_moment_at_which_clocks_show_it() -> None:
    cases = near_midnight()
    assert len(cases) > 1500
    assert {"America/Sao_Paulo", "Asia/Beirut", "Africa/Cairo", "America/Havana", "Pacific/Apia"} <= {
        name for name, _ in cases
    }
    wrong = [(zone, day) for zone, day in cases if ends(zone, day) != midnight(zone, day)]
    assert not wrong


def test_random_dates_in_random_zones_end_at_midnight() -> None:
    draw = random.Random(1)
    names = sorted(available_timezones())
    cases = [(draw.choice(names), date(2006, 1, 1) + timedelta(draw.randrange(31 * 365))) for _ in range(1000)]
    assert not [(zone, day) for zone, day in cases if ends(zone, day) != midnight(zone, day)]


@pytest.mark.parametrize(
    ("zone", "day", "ended"),
    [
        ("UTC", "2026-11-20", "2026-11-21T00:00:00Z"),
        ("Europe/Moscow", "2026-11-20", "2026-11-20T21:00:00Z"),
        ("America/New_York", "2026-03-08", "2026-03-09T04:00:00Z"),  # 23 hours
        ("America/New_York", "2026-11-01", "2026-11-02T05:00:00Z"),  # 25 hours
        ("America/Sao_Paulo", "2018-11-03", "2018-11-04T03:00:00Z"),  # the 4th began at 01:00
        ("America/Sao_Paulo", "2018-02-17", "2018-02-18T03:00:00Z"),  # from 24:00 back to 23:00
        ("America/Havana", "2026-10-31", "2026-11-01T04:00:00Z"),  # from 01:00 back to 00:00
        ("America/St_Johns", "2010-11-06", "2010-11-07T03:30:00Z"),  # from 00:01 back to 23:01
        ("Pacific/Apia", "2011-12-29", "2011-12-30T10:00:00Z"),  # the next date was the 31st
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),
    ],
)
def test_known_dates_end_at_their_known_times(zone: str, day: str, ended: str) -> None:
    assert ends(zone, date.fromisoformat(day)) == datetime.fromisoformat(ended)


def test_the_first_zone_chosen_before_any_change_is_not_a_move() -> None:
    now = clock.epoch_ms(datetime(2026, 11, 20, 12, tzinfo=UTC))
    standing = Standing("42")
    zones.move(standing, "Pacific/Kiritimati", now)
    assert (standing.timezone, standing.previous_timezone, standing.moved_at) == ("Pacific/Kiritimati", "", 0)
    assert zones.local_date(standing, now - 3_600_000) == date(2026, 11, 21), (
        "the zone also applies to events before the choice"
    )
    zones.move(standing, "Asia/Tokyo", now)
    assert (standing.previous_timezone, standing.moved_at) == ("Pacific/Kiritimati", now), "the second choice is a move"


@pytest.mark.parametrize("counted", ["an event", "an active day", "a freeze"])
def test_the_first_zone_chosen_after_a_change_is_a_move(counted: str) -> None:
    now = clock.epoch_ms(datetime(2026, 11, 20, 12, tzinfo=UTC))
    standing = Standing("42")
    match counted:
        case "an event":
            rules.remember(standing, "e1")
        case "an active day":
            rules.count(standing, Counter.TESTS_PASSED, 1, now, now)
        case _:
            freezes.grant(standing, 1, now)
    zones.move(standing, "Asia/Tokyo", now)
    assert (standing.timezone, standing.previous_timezone, standing.moved_at) == ("Asia/Tokyo", "UTC", now)


@pytest.mark.slow
def test_two_zones_have_skipped_a_date_since_2006() -> None:
    skipped = [
        (zone, str(day))
        for zone, day in near_midnight()
        if not zones.happened(Standing("42", timezone=zone), day.toordinal())
    ]
    assert skipped == [("Pacific/Apia", "2011-12-30"), ("Pacific/Fakaofo", "2011-12-30")]
