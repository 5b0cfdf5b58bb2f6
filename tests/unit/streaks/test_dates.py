"""Streaks count local dates: at every clock change one deed per date keeps a streak, and no date counts twice."""

from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laurels import clock
from laurels.standings import rules as standings_rules
from laurels.standings import zones
from laurels.standings.models import Counter, Standing
from laurels.streaks.rules import describe
from tests.unit.streaks.learner import Learner, awards_of, days

NAMES = sorted(available_timezones())
# Clock changes that skip or repeat midnight, a skipped date, changes by half an hour.
NOTABLE = [
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/Sao_Paulo", date(2018, 2, 18)),
    ("Asia/Beirut", date(2026, 3, 29)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Africa/Cairo", date(2026, 10, 30)),
    ("America/Havana", date(2026, 11, 1)),
    ("America/St_Johns", date(2010, 11, 7)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Antarctica/Troll", date(2026, 3, 29)),
    ("Asia/Pyongyang", date(2018, 5, 5)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Pacific/Fakaofo", date(2011, 12, 30)),
]
any_day = st.tuples(st.sampled_from(NAMES), st.dates(date(2006, 1, 1), date(2036, 12, 31)))


@given(
    st.one_of(st.sampled_from(NOTABLE), any_day), st.lists(st.floats(0, 1, exclude_max=True), min_size=8, max_size=8)
)
def test_one_deed_on_each_date_at_any_time_makes_a_streak_of_all_dates(
    where: tuple[str, date], times: list[float]
) -> None:
    zone, middle = where
    standing, done = Standing("42", timezone=zone), 0
    midnights = [zones.ends(standing, middle.toordinal() + number) for number in range(-5, 4)]
    for (begins, ends), part in zip(pairwise(midnights), times, strict=True):
        if begins == ends:
            continue  # the zone skipped that date
        at = begins + int((ends - begins) * part)
        standings_rules.count(standing, Counter.TESTS_PASSED, 1, at, at)
        done += 1
        streak = describe(standing, at).activity
        # In 2010 clocks in Newfoundland went back over midnight, so a minute later may already be the next date.
        assert streak.length == done or zone == "America/St_Johns"
        assert streak.longest >= streak.length
    # The streak lasts until the end of the next date, and not a moment longer.
    last = describe(standing, at).activity
    assert last.expires_at is not None
    assert describe(standing, clock.epoch_ms(last.expires_at) - 1).activity.length == last.length
    assert describe(standing, clock.epoch_ms(last.expires_at)).activity.length == 0


def test_a_skipped_date_does_not_break_a_streak() -> None:
    samoan = Learner("Pacific/Apia")
    for at in ("2011-12-28 12:00", "2011-12-29 12:00"):
        samoan.do(at)
    streak = samoan.activity("2011-12-31 12:00")
    assert (streak.length, streak.at_risk) == (2, True)
    assert streak.expires_at == samoan.moment("2012-01-01 00:00")
    samoan.do("2011-12-31 23:59")
    samoan.do("2012-01-01 00:01")
    found = samoan.streaks("2012-01-01 12:00")
    assert (found.activity.length, found.activity.longest) == (4, 4)
    assert found.calendar.active == days("2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01")


def test_a_skipped_date_uses_no_freeze() -> None:
    samoan = Learner("Pacific/Apia")
    samoan.do("2011-12-29 12:00")
    assert samoan.freeze(1, "2011-12-29 12:00")
    assert samoan.activity("2011-12-31 12:00").freezes == 1
    found = samoan.streaks("2012-01-01 12:00")  # the 31st was missed
    assert (found.activity.length, found.activity.freezes) == (1, 0)
    samoan.do("2012-01-01 12:00")
    assert samoan.length("2012-01-01 12:00") == 2


@pytest.mark.parametrize(
    ("zone", "day", "times"),
    [
        ("America/New_York", "2026-11-01", ("00:00", "01:30", "23:59")),
        ("America/New_York", "2026-03-08", ("00:00", "03:30", "23:59")),
        ("America/Sao_Paulo", "2018-11-04", ("01:00", "12:00", "23:59")),
    ],
)
def test_a_date_of_23_or_25_hours_counts_once(zone: str, day: str, times: tuple[str, ...]) -> None:
    learner = Learner(zone)
    for time in times:
        learner.do(f"{day} {time}")
    assert learner.length(f"{day} 23:59") == 1


def test_a_streak_at_risk_has_its_expiration_time() -> None:
    learner = Learner("Europe/Moscow")
    learner.do("2026-11-19 23:59")
    streak = learner.activity("2026-11-19 23:59")
    assert (streak.length, streak.at_risk, streak.expires_at) == (1, False, learner.moment("2026-11-21 00:00"))
    streak = learner.activity("2026-11-20 00:00")
    assert (streak.length, streak.at_risk, streak.expires_at) == (1, True, learner.moment("2026-11-21 00:00"))
    streak = learner.activity("2026-11-21 00:00")
    assert (streak.length, streak.at_risk, streak.expires_at) == (0, False, None)
    assert (streak.longest, streak.started_on, streak.last_day) == (1, None, date(2026, 11, 19))


def test_awards_have_a_separate_streak() -> None:
    learner = Learner()
    learner.earn("2026-11-18 12:00")
    learner.earn("2026-11-19 12:00")
    learner.do("2026-11-20 12:00")
    found = learner.streaks("2026-11-20 13:00")
    assert (found.activity.length, found.activity.at_risk) == (3, False)
    assert (awards_of(found).length, awards_of(found).at_risk) == (2, True)
    found = learner.streaks("2026-11-21 13:00")
    assert (found.activity.length, awards_of(found).length, awards_of(found).longest) == (3, 0, 2)


def test_a_late_event_repairs_the_streak_that_its_day_had_broken() -> None:
    learner = Learner()
    for day in ("16", "17", "19", "20"):
        learner.do(f"2026-11-{day} 12:00")
    assert learner.length("2026-11-20 12:00") == 2
    learner.do("2026-11-18 12:00", now="2026-11-20 13:00")
    assert learner.length("2026-11-20 13:00") == 5


def test_a_streak_of_years_keeps_its_first_day() -> None:
    learner, first = Learner(), date(2024, 1, 1)
    for number in range(800):
        learner.do(f"{first + timedelta(number)} 12:00")
    streak = learner.activity(f"{first + timedelta(800)} 12:00")
    assert (streak.length, streak.longest, streak.started_on) == (800, 800, first)


def test_the_calendar_holds_365_days_and_ends_today() -> None:
    learner, first = Learner("Asia/Tokyo"), date(2025, 1, 1)
    for number in range(400):
        learner.do(f"{first + timedelta(number)} 12:00")
    found = learner.streaks("2026-02-05 00:00").calendar
    assert (found.first, found.last) == (date(2025, 2, 6), date(2026, 2, 5))
    assert found.active == [date(2025, 2, 6) + timedelta(number) for number in range(364)]


def test_a_user_without_events_has_no_streak() -> None:
    found = Learner().streaks("2026-11-20 12:00")
    assert (found.activity.length, found.activity.longest, found.activity.last_day) == (0, 0, None)
    assert found.activity == found.awards
    assert (found.calendar.active, found.calendar.frozen) == ([], [])
