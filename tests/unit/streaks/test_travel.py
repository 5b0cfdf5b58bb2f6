"""Travel: a change of time zone never breaks a streak, and never counts a date twice."""

from datetime import date, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laurels import clock
from laurels.standings import freezes, zones
from laurels.standings import rules as standings_rules
from laurels.standings.codec import decode, encode
from laurels.standings.models import Counter, Standing
from laurels.streaks.models import Streak
from laurels.streaks.rules import describe
from tests.sizes import sized
from tests.unit.streaks.learner import Learner, awards_of, days

FARTHEST = ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Pacific/Honolulu", "Pacific/Chatham", "Pacific/Apia", "UTC"]
any_zone = st.one_of(st.sampled_from(FARTHEST), st.sampled_from(sorted(available_timezones())))
starts = st.integers(
    clock.epoch_ms(clock.moment("2012-01-10T00:00:00Z")), clock.epoch_ms(clock.moment("2036-12-31T00:00:00Z"))
)
parts = st.floats(0, 1, exclude_max=True)
# Deeds, awards and moves at any time before the streak would end, and freezes.
journeys = st.lists(
    st.one_of(
        st.tuples(st.just("do"), parts),
        st.tuples(st.just("earn"), parts),
        st.tuples(st.just("freeze"), parts),
        st.tuples(st.just("move"), parts, any_zone),
    ),
    max_size=30,
)


@pytest.mark.parametrize("kind", ["activity", "awards"])
@settings(max_examples=sized(100, 300))
@given(any_zone, starts, journeys)
def test_an_event_before_each_deadline_keeps_the_streak_in_any_zone(
    kind: str, zone: str, now: int, journey: list[tuple[str, float] | tuple[str, float, str]]
) -> None:
    standing = Standing("42", timezone=zone)

    def look() -> Streak:
        found: Streak = getattr(describe(standing, now), kind)
        return found

    standings_rules.earn(standing, 10, now, now)
    for step in journey:
        expires = look().expires_at
        assert expires is not None
        now += int((clock.epoch_ms(expires) - now) * step[1])
        before = look()
        match step:
            case ("move", _, zone):
                zones.move(standing, zone, now)
            # Not for awards: on a covered date that a move repeats, an event without an award returns the freeze.
            case ("freeze", _) if kind == "activity":
                freezes.grant(standing, 1, now)
            case ("earn", _):
                standings_rules.earn(standing, 10, now, now)
            case ("do", _):
                standings_rules.count(standing, Counter.TESTS_PASSED, 1, now, now)
        assert before.length <= look().length, "the step broke the streak"
        assert look().length <= before.length + (step[0] in ("do", "earn")), "the step counted a date twice"
        assert look().length > 0


@given(any_zone, any_zone, starts)
def test_moving_away_and_back_at_once_only_delays_the_end_of_dates(home: str, away: str, now: int) -> None:
    standing, stayed = Standing("42", timezone=home), Standing("42", timezone=home)
    for each in (standing, stayed):
        standings_rules.count(each, Counter.TESTS_PASSED, 1, now, now)
    zones.move(standing, away, now)
    zones.move(standing, home, now)
    found, expected = (describe(each, now).activity for each in (standing, stayed))
    assert found.expires_at is not None
    assert expected.expires_at is not None
    assert found.length == expected.length == 1
    assert found.expires_at >= expected.expires_at


def test_a_repeated_date_counts_once() -> None:
    learner = Learner("Pacific/Kiritimati")
    learner.do("2026-11-19 12:00")
    learner.do("2026-11-20 09:00")
    learner.move("Pacific/Honolulu", "2026-11-20 10:00")  # the 19th, 10:00: a date that is repeated
    for at in ("2026-11-19 11:00", "2026-11-20 11:00"):
        learner.do(at)
        assert learner.length(at) == 2
    learner.do("2026-11-21 11:00")
    assert learner.length("2026-11-21 11:00") == 3


def test_a_date_skipped_by_a_move_east_does_not_break_the_streak() -> None:
    learner = Learner("Pacific/Honolulu")
    learner.do("2026-11-19 20:00")
    learner.move("Pacific/Kiritimati", "2026-11-20 10:00")  # the 21st, 10:00
    streak = learner.activity("2026-11-21 10:00")
    assert (streak.length, streak.at_risk) == (1, True)
    assert streak.expires_at == learner.moment("2026-11-22 00:00")  # midnight in Honolulu, between the 20th and 21st
    learner.do("2026-11-21 23:59")
    found = learner.streaks("2026-11-22 10:00")
    assert (found.activity.length, found.activity.started_on) == (2, date(2026, 11, 19))
    assert found.calendar.active == days("2026-11-19", "2026-11-21")
    assert found.calendar.frozen == days("2026-11-20")


def test_a_day_kept_open_still_joins_the_streak_after_it_left_the_calendar() -> None:
    learner = Learner("Pacific/Honolulu")
    learner.do("2026-11-19 20:00")
    learner.move("Pacific/Kiritimati", "2026-11-20 10:00")
    for number in range(400):
        learner.do(f"{date(2026, 11, 21) + timedelta(number)} 11:00")
        learner.standing = decode(encode(learner.standing))
    streak = learner.activity("2027-12-25 12:00")
    assert (streak.length, streak.longest, streak.started_on) == (401, 401, date(2026, 11, 19))


def test_an_event_after_the_later_midnight_is_too_late() -> None:
    learner = Learner("America/Los_Angeles")
    learner.do("2026-11-19 20:00")
    learner.move("Australia/Sydney", "2026-11-20 20:00")  # the 21st, 15:00; in Los Angeles midnight is at 19:00
    assert learner.activity("2026-11-21 18:59").length == 1
    assert learner.activity("2026-11-21 19:00").length == 0
    learner.do("2026-11-21 19:00")
    assert learner.length("2026-11-21 19:01") == 1


def test_a_date_missed_in_the_east_can_still_be_used_after_a_move_west() -> None:
    learner = Learner("Asia/Tokyo")
    learner.do("2026-11-19 20:00")
    assert learner.length("2026-11-21 08:00") == 0
    learner.move("America/New_York", "2026-11-21 08:00")  # the 20th, 18:00
    streak = learner.activity("2026-11-20 18:00")
    assert (streak.length, streak.at_risk, streak.expires_at) == (1, True, learner.moment("2026-11-21 00:00"))
    learner.do("2026-11-20 18:00")
    assert learner.length("2026-11-20 18:00") == 2


def test_the_end_of_later_dates_depends_on_the_new_zone_only() -> None:
    learner = Learner("America/New_York")
    learner.do("2026-11-20 09:00")
    learner.move("Europe/London", "2026-11-20 10:00")  # the 20th in both
    learner.do("2026-11-20 16:00")
    assert learner.activity("2026-11-20 16:00").expires_at == learner.moment("2026-11-22 00:00")


def test_events_before_a_move_are_dated_in_the_zone_of_that_time() -> None:
    learner = Learner("Pacific/Kiritimati")
    deed = learner.moment("2026-11-20 09:00")
    learner.move("Pacific/Honolulu", "2026-11-20 10:00")
    at = clock.epoch_ms(deed)
    standings_rules.count(learner.standing, Counter.TESTS_PASSED, 1, at, at + 3_600_000 * 2)
    assert learner.streaks("2026-11-19 12:00").calendar.active == days("2026-11-20")


def test_a_corrected_zone_does_not_end_a_date_early() -> None:
    learner = Learner("Pacific/Honolulu")
    learner.do("2026-11-19 20:00")
    learner.move("UTC", "2026-11-20 10:00")
    learner.move("Pacific/Kiritimati", "2026-11-20 20:01")
    assert learner.activity("2026-11-21 10:01").expires_at == learner.moment("2026-11-22 00:00")


def test_a_day_kept_open_needs_no_freeze_and_counts_after_a_late_event() -> None:
    learner = Learner("Pacific/Honolulu")
    learner.do("2026-11-19 20:00")
    learner.freeze(1, "2026-11-19 20:00")
    early = clock.epoch_ms(learner.moment("2026-11-20 09:00"))
    learner.move("Pacific/Kiritimati", "2026-11-20 10:00")
    learner.do("2026-11-21 11:00")
    streak = learner.activity("2026-11-22 12:00")
    assert (streak.length, streak.freezes) == (2, 1)
    standings_rules.count(learner.standing, Counter.TESTS_PASSED, 1, early, learner.ms("2026-11-22 12:00"))
    found = learner.streaks("2026-11-22 12:00")
    assert (found.activity.length, found.activity.freezes, found.calendar.frozen) == (3, 1, [])


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "europe/nowhere"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    standing = Standing("42")
    with pytest.raises((ValueError, KeyError)):
        zones.move(standing, zone, 1)
    assert standing == Standing("42")


def test_moving_to_the_current_zone_is_not_a_move() -> None:
    learner = Learner("Asia/Tokyo")
    learner.move("Asia/Tokyo", "2026-11-20 10:00")
    assert learner.standing == Standing("42", timezone="Asia/Tokyo")


def test_a_user_who_moves_and_is_active_every_day_keeps_the_streak_for_a_year() -> None:
    names, learner = sorted(available_timezones()), Learner()
    now, count = clock.moment("2026-01-01T12:00:00Z"), 0
    for number in range(365):
        at = clock.epoch_ms(now)
        zones.move(learner.standing, names[number * 97 % len(names)], at)
        standings_rules.count(learner.standing, Counter.TESTS_PASSED, 1, at, at)
        streak = describe(learner.standing, at).activity
        assert streak.length in (count, count + 1)
        count = streak.length
        now += timedelta(hours=10)
    assert count >= 365 * 10 // 24 - 1


def test_an_award_before_the_later_midnight_keeps_the_award_streak() -> None:
    learner = Learner("America/Los_Angeles")
    learner.earn("2026-11-19 20:00")
    learner.do("2026-11-20 10:00")
    late = clock.epoch_ms(learner.moment("2026-11-20 11:00"))
    learner.move("Australia/Sydney", "2026-11-20 20:00")  # the 21st, 15:00; in Los Angeles midnight is at 19:00
    assert awards_of(learner.streaks("2026-11-21 15:00")).expires_at == learner.moment("2026-11-21 19:00")
    learner.earn("2026-11-21 18:59")
    assert awards_of(learner.streaks("2026-11-21 20:00")).length == 2
    standings_rules.count(learner.standing, Counter.TESTS_PASSED, 1, late, learner.ms("2026-11-21 20:00"))
    found = learner.streaks("2026-11-21 20:00")
    assert (awards_of(found).length, found.activity.length, found.calendar.frozen) == (2, 3, [])


def test_a_covered_date_stays_covered_when_a_move_west_repeats_it() -> None:
    learner = Learner("Australia/Sydney")
    for day in ("15", "16", "18"):
        learner.do(f"2026-11-{day} 07:00")
        if day == "15":
            learner.freeze(1, "2026-11-15 07:00")
    before = learner.streaks("2026-11-18 08:00")
    assert (before.activity.length, before.activity.freezes, before.calendar.frozen) == (3, 0, days("2026-11-17"))
    learner.move("America/Los_Angeles", "2026-11-18 08:00")  # the 17th, 13:00
    found = learner.streaks("2026-11-17 13:00")
    assert (found.activity.length, found.activity.freezes, found.calendar.frozen) == (3, 0, days("2026-11-17"))
    learner.do("2026-11-17 14:00")
    found = learner.streaks("2026-11-17 14:00")
    assert (found.activity.length, found.activity.freezes, found.calendar.frozen) == (4, 1, [])
