"""Freezes: each covers one missed date. The streak continues, but does not get longer."""

from datetime import date, timedelta

import pytest

from laurels import clock
from laurels.days import DAYS_KEPT
from laurels.standings import freezes
from laurels.standings import rules as standings_rules
from laurels.standings.codec import encode
from laurels.standings.models import GRANT_DAYS, Counter
from laurels.streaks.rules import describe
from tests.unit.streaks.learner import Learner, awards_of, days


def active(*ofs: str) -> Learner:
    """A learner in UTC, active on these days of November 2026, with two freezes granted on the first."""
    learner = Learner()
    for day in ofs:
        learner.do(f"2026-11-{day} 12:00")
        if day == ofs[0]:
            assert learner.freeze(2, f"2026-11-{day} 12:00")
    return learner


def test_a_freeze_keeps_the_length_of_a_streak_and_does_not_add_to_it() -> None:
    learner = active("16", "17")
    for day, length, left in (("17", 2, 2), ("18", 2, 2), ("19", 2, 1), ("20", 2, 0), ("21", 0, 0)):
        streak = learner.activity(f"2026-11-{day} 13:00")
        assert (streak.length, streak.freezes) == (length, left)
    learner.do("2026-11-20 12:00")
    found = learner.streaks("2026-11-20 13:00")
    assert (found.activity.length, found.activity.longest, found.activity.started_on) == (3, 3, date(2026, 11, 16))
    assert found.calendar.active == days("2026-11-16", "2026-11-17", "2026-11-20")
    assert found.calendar.frozen == days("2026-11-18", "2026-11-19")


def test_a_streak_that_freezes_will_keep_is_not_at_risk() -> None:
    learner = active("16")
    streak = learner.activity("2026-11-17 13:00")
    assert (streak.at_risk, streak.expires_at) == (False, learner.moment("2026-11-20 00:00"))
    streak = learner.activity("2026-11-19 13:00")
    assert (streak.at_risk, streak.expires_at) == (True, learner.moment("2026-11-20 00:00"))


def test_a_late_event_returns_the_freeze_that_its_day_had_used() -> None:
    learner = active("16", "19")
    assert learner.activity("2026-11-19 13:00").freezes == 0
    learner.do("2026-11-17 12:00", now="2026-11-19 13:00")
    found = learner.streaks("2026-11-19 13:00")
    assert (found.activity.length, found.activity.freezes, found.calendar.frozen) == (3, 1, days("2026-11-18"))


@pytest.mark.parametrize("zone", ["Pacific/Pago_Pago", "UTC", "Pacific/Kiritimati"])
def test_an_event_of_30_days_ago_returns_a_freeze_in_any_current_zone(zone: str) -> None:
    learner = Learner("Pacific/Pago_Pago")
    learner.do("2026-10-30 12:00")
    learner.freeze(1, "2026-10-30 12:00")
    missed = learner.moment("2026-10-31 23:30")
    for number in range(25):
        learner.do(f"{date(2026, 11, 1) + timedelta(number)} 12:00")
    learner.move(zone, "2026-11-25 13:00")
    now = missed + timedelta(days=30)
    for ago in range(4, -1, -1):
        at = clock.epoch_ms(now - timedelta(days=ago))
        standings_rules.count(learner.standing, Counter.TESTS_PASSED, 1, at, at)
    before = describe(learner.standing, clock.epoch_ms(now)).activity
    standings_rules.count(learner.standing, Counter.TESTS_PASSED, 1, clock.epoch_ms(missed), clock.epoch_ms(now))
    after = describe(learner.standing, clock.epoch_ms(now)).activity
    assert (before.freezes, after.freezes, after.length) == (0, 1, before.length + 1)


def test_the_oldest_missed_day_is_covered_first() -> None:
    learner = active("16", "18", "21")
    found = learner.streaks("2026-11-21 13:00")
    assert (found.calendar.frozen, found.activity.freezes) == (days("2026-11-17", "2026-11-19"), 0)
    assert (found.activity.length, found.activity.longest) == (1, 2)


def test_a_broken_streak_uses_no_freezes() -> None:
    learner = Learner()
    learner.do("2026-11-01 12:00")
    learner.freeze(3, "2026-11-05 12:00")
    assert learner.activity("2026-11-20 12:00").freezes == 3


def test_a_freeze_covers_no_day_before_its_grant() -> None:
    learner = Learner()
    learner.do("2026-11-16 12:00")
    learner.freeze(1, "2026-11-18 00:00")
    learner.do("2026-11-18 12:00")
    assert learner.activity("2026-11-18 12:00").length == 1
    learner = Learner()
    learner.do("2026-11-16 12:00")
    learner.freeze(1, "2026-11-17 23:59")
    learner.do("2026-11-18 12:00")
    assert learner.activity("2026-11-18 12:00").length == 2


def test_an_active_day_without_an_award_is_not_covered_for_the_award_streak() -> None:
    learner = Learner()
    learner.earn("2026-11-16 12:00")
    learner.freeze(2, "2026-11-16 12:00")
    learner.earn("2026-11-18 12:00")
    learner.do("2026-11-19 12:00")
    learner.earn("2026-11-20 12:00")
    found = learner.streaks("2026-11-20 13:00")
    assert (found.activity.length, awards_of(found).length, awards_of(found).longest) == (4, 1, 2)
    assert found.activity.freezes == awards_of(found).freezes == 1


def test_a_user_holds_at_most_ten_freezes() -> None:
    learner = Learner()
    assert learner.freeze(10, "2026-11-16 12:00")
    before = encode(learner.standing)
    assert not learner.freeze(1, "2026-11-16 12:00")
    assert encode(learner.standing) == before
    learner.do("2026-11-17 12:00")
    assert not learner.freeze(1, "2026-11-18 12:00")
    assert learner.freeze(1, "2026-11-19 12:00"), "a freeze was used for the 18th, so there is room for one"
    assert not learner.freeze(1, "2026-11-19 12:00")


def test_freezes_returned_by_late_events_are_lost_beyond_ten() -> None:
    learner = Learner()
    learner.do("2026-11-01 12:00")
    learner.freeze(10, "2026-11-01 12:00")
    learner.do("2026-11-07 12:00")  # five have been used
    learner.freeze(5, "2026-11-07 12:00")
    for day in range(2, 7):
        learner.do(f"2026-11-0{day} 12:00", now="2026-11-08 12:00")
    assert learner.activity("2026-11-08 12:00").freezes == 10
    assert learner.activity("2026-11-11 12:00").freezes == 7


def test_reading_changes_nothing() -> None:
    learner = active("16", "17", "20")
    before = encode(learner.standing)
    for day in range(16, 31):
        learner.streaks(f"2026-11-{day} 12:00")
    assert encode(learner.standing) == before


def test_results_do_not_depend_on_how_often_freezes_are_settled() -> None:
    first = date(2026, 1, 1)

    def history(settle_every: int) -> list[str]:
        learner, answers = Learner(), []
        for number in range(400):
            today = f"{first + timedelta(number)} 12:00"
            if number % 9 not in (3, 4):
                learner.earn(today) if number % 2 else learner.do(today)
            if number % 30 == 0:
                learner.freeze(4, today)
            if settle_every and number % settle_every == 0:
                freezes.settle(learner.standing, learner.ms(today))
            answers.append(describe(learner.standing, learner.ms(today)).model_dump_json())
        return answers

    never = history(0)
    assert never == history(1) == history(50)
    assert '"frozen":[]' not in never[-1]


def test_a_streak_with_frozen_days_continues_beyond_the_old_end_of_the_calendar() -> None:
    learner, first = Learner(), date(2024, 1, 1)
    done = 0
    for number in range(2 * DAYS_KEPT):
        today = f"{first + timedelta(number)} 12:00"
        if number % 10 == 0:
            learner.freeze(1, today)
        if number % 10 != 5:
            learner.do(today)
            done += 1
    streak = learner.activity(today)
    assert (streak.length, streak.longest, streak.started_on) == (done, done, first)


def test_a_run_with_frozen_days_that_has_left_the_calendar_is_still_the_longest() -> None:
    learner = active("16", "17", "20", "21")
    learner.do("2029-11-20 12:00")
    streak = learner.activity("2029-11-20 12:00")
    assert (streak.length, streak.longest) == (1, 4)


def test_unused_freezes_are_kept_during_years_of_absence() -> None:
    learner = active("16")
    learner.freeze(8, "2026-11-16 13:00")
    assert learner.activity("2026-11-30 12:00").freezes == 0
    learner.freeze(5, "2026-11-30 12:00")
    assert learner.activity("2036-11-30 12:00").freezes == 5
    learner.do("2036-11-30 12:00")
    assert learner.activity("2036-11-30 12:00").freezes == 5


def test_grants_are_settled_before_the_item_has_no_room_for_them() -> None:
    learner, first = Learner(), date(2026, 1, 1)
    for number in range(100):
        today = f"{first + timedelta(number)} 12:00"
        if number % 2:
            learner.do(today)
        assert learner.freeze(1, today) or learner.activity(today).freezes == 10
        encode(learner.standing)
        assert len(learner.standing.freezes.grants) <= GRANT_DAYS
    assert learner.activity(today).length == 50


def test_a_freeze_granted_in_the_east_is_usable_after_a_move_west() -> None:
    learner = Learner("Pacific/Kiritimati")
    learner.do("2026-11-20 12:00")
    learner.freeze(1, "2026-11-21 10:00")
    learner.move("Pacific/Honolulu", "2026-11-21 10:00")  # the 20th
    assert learner.activity("2026-11-20 10:00").freezes == 1
    assert learner.freeze(1, "2026-11-20 10:00")
    streak = learner.activity("2026-11-22 12:00")
    assert (streak.length, streak.freezes) == (1, 1)
    assert streak.expires_at == learner.moment("2026-11-24 00:00")


def test_a_freeze_granted_before_the_last_active_day_covers_the_day_of_its_grant() -> None:
    """After a move west, the date of a grant can be before the last active day. The award calendar may end earlier."""
    learner = Learner("Pacific/Kiritimati")
    learner.earn("2026-11-16 12:00")
    learner.do("2026-11-17 12:00")
    learner.earn("2026-11-18 12:00")
    learner.do("2026-11-20 09:00")
    learner.move("Pacific/Honolulu", "2026-11-20 10:00")  # the 19th, 10:00
    assert learner.freeze(1, "2026-11-19 10:00")
    found = learner.streaks("2026-11-20 11:00")
    assert found.calendar.frozen == days("2026-11-19")
    assert (found.activity.length, awards_of(found).length, awards_of(found).longest) == (4, 1, 1)
