"""The status, progress and check-in streak of goals."""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from laurels import clock
from laurels.days import DAYS_KEPT
from laurels.errors import Conflict, Invalid
from laurels.goals import rules
from laurels.goals.models import GoalDraft, GoalStatus, Target
from laurels.standings import zones
from laurels.standings.models import Counter, Metric, Standing
from laurels.standings.thresholds import MAX_VALUE

NEW: dict[str, Any] = {"goal_id": "g", "created_at": "2026-01-01T00:00:00.000Z"}
NOW, LATER = "2026-11-20T18:22:05.000Z", "2026-11-21T18:22:05.000Z"
ONGOING, COMPLETED, ABANDONED = GoalStatus.IN_PROGRESS, GoalStatus.COMPLETED, GoalStatus.ABANDONED
TODAY = date(2026, 11, 20)


def passed(tests: int) -> Standing:
    return Standing("anna", counters=dict.fromkeys(Counter, 0) | {Counter.TESTS_PASSED: tests})


def draft(**fields: Any) -> GoalDraft:
    return GoalDraft(title="Read", **fields)


def target(value: float, metric: Metric = Metric.TESTS_PASSED) -> Target:
    return Target(metric=metric, value=value)


def worked(days: Iterable[date]) -> dict[str, Any]:
    """A goal with check-ins on these days, in this order."""
    item = rules.rewritten(NEW, draft(), Standing("anna"), NOW)
    for day in days:
        item = rules.checked_in(item, day)
    return item


@pytest.mark.parametrize(("before", "after"), list(product(GoalStatus, GoalStatus)))
def test_only_permitted_changes_of_status_are_accepted(before: GoalStatus, after: GoalStatus) -> None:
    allowed = {
        ONGOING: {ONGOING, COMPLETED, ABANDONED},
        COMPLETED: {COMPLETED, ONGOING},
        ABANDONED: {ABANDONED, ONGOING},
    }
    if after in allowed[before]:
        rules.check_move(before, after)
    else:
        with pytest.raises(Conflict, match=before):
            rules.check_move(before, after)


def test_the_completion_time_is_kept_until_the_goal_is_resumed() -> None:
    item = rules.rewritten(NEW, draft(), Standing("anna"), NOW)
    assert "completed_at" not in item
    item = rules.rewritten(item, draft(status=COMPLETED), Standing("anna"), NOW)
    assert item["completed_at"] == NOW
    item = rules.rewritten(item, draft(status=COMPLETED, description="x"), Standing("anna"), LATER)
    assert (item["completed_at"], item["updated_at"]) == (NOW, LATER)
    item = rules.rewritten(item, draft(), Standing("anna"), LATER)
    assert "completed_at" not in item
    item = rules.rewritten(item, draft(status=COMPLETED), Standing("anna"), LATER)
    assert item["completed_at"] == LATER
    assert item["created_at"] == NEW["created_at"]


@pytest.mark.parametrize(
    ("status", "tests", "becomes"),
    [
        (ONGOING, 9, ONGOING),
        (ONGOING, 10, COMPLETED),
        (ONGOING, 11, COMPLETED),
        (ABANDONED, 10, ABANDONED),
        (COMPLETED, 0, COMPLETED),
    ],
)
def test_a_goal_in_progress_whose_target_is_reached_is_completed(
    status: GoalStatus, tests: int, becomes: GoalStatus
) -> None:
    item = rules.rewritten(NEW, draft(status=status, target=target(10)), passed(tests), NOW)
    assert item["status"] == becomes
    assert ("completed_at" in item) is (becomes is COMPLETED)
    assert rules.is_open(item) is (becomes is ONGOING)


def test_fields_that_a_draft_leaves_out_are_cleared() -> None:
    full = draft(description="x", target=target(10), due_date=TODAY)
    item = rules.rewritten(NEW, full, passed(0), NOW)
    assert item["due_date"] == "2026-11-20"
    assert rules.is_open(item)
    item = rules.rewritten(rules.checked_in(item, TODAY), draft(), passed(0), LATER)
    assert item.keys() & {"target", "due_date"} == set()
    assert (item["description"], rules.is_open(item)) == ("", False)
    assert rules.streak(item, TODAY) == (1, 1)


@given(st.integers(0, 2**32 - 1), st.integers(1, MAX_VALUE))
def test_progress_is_whole_percent_and_100_only_if_the_target_is_reached(tests: int, value: int) -> None:
    item = rules.rewritten(NEW, draft(target=target(value)), passed(tests), NOW)
    found = rules.describe(item, passed(tests), TODAY)
    assert found.progress == min(100 * tests // value, 100)
    assert (found.progress == 100) is (found.status is COMPLETED) is (tests >= value)


@given(st.floats(0, 100), st.floats(0.01, 100))
def test_progress_towards_an_average_grade(average: float, value: float) -> None:
    standing = Standing("anna", average_grade=average)
    goal = target(value, Metric.AVERAGE_GRADE)
    found = rules.progress(goal.model_dump(mode="json"), standing)
    assert (found == 100) is (average >= value)
    assert 0 <= found <= 100
    assert found == 100 or abs(found - 100 * average / value) <= 1


@pytest.mark.parametrize(
    ("average", "value", "percent"),
    [
        (4.35, 5, 87),
        (1.1, 1.1, 100),
        (0.07, 0.1, 70),
        (57, 100, 57),
        (8.2, 10, 82),
        (99.99999999, 100, 99),
        (0.29, 1, 29),
    ],
)
def test_percents_of_decimal_numbers_are_exact(average: float, value: float, percent: int) -> None:
    standing = Standing("anna", average_grade=average)
    for kept in (value, Decimal(str(value))):
        assert rules.progress({"metric": "average_grade", "value": kept}, standing) == percent


@given(st.decimals(0, 100, places=2), st.decimals(Decimal("0.01"), 100, places=2))
def test_percents_equal_those_of_decimal_arithmetic(average: Decimal, value: Decimal) -> None:
    standing = Standing("anna", average_grade=float(average))
    found = rules.progress({"metric": "average_grade", "value": float(value)}, standing)
    assert found == min(100 * average // value, 100)


def test_without_a_grade_the_progress_towards_one_is_0() -> None:
    goal = target(0.01, Metric.AVERAGE_GRADE).model_dump(mode="json")
    assert rules.progress(goal, Standing("anna")) == 0


def test_a_completed_goal_stays_at_100_and_a_goal_without_a_target_has_no_progress() -> None:
    done = rules.rewritten(NEW, draft(status=COMPLETED, target=target(10)), passed(3), NOW)
    assert rules.describe(done, passed(3), TODAY).progress == 100
    left = rules.rewritten(NEW, draft(status=ABANDONED, target=target(10)), passed(3), NOW)
    assert rules.describe(left, passed(3), TODAY).progress == 30
    plain = rules.rewritten(NEW, draft(status=COMPLETED), passed(3), NOW)
    assert rules.describe(plain, passed(3), TODAY).progress is None


@pytest.mark.parametrize("late", range(-2, 11))
def test_a_check_in_is_for_today_or_one_of_the_seven_days_before(late: int) -> None:
    day = TODAY - timedelta(late)
    if 0 <= late <= 7:
        assert rules.day_of(day, TODAY) == day
    else:
        with pytest.raises(Invalid) as caught:
            rules.day_of(day, TODAY)
        assert caught.value.errors[0]["field"] == "date"


def test_a_check_in_without_a_date_is_for_today() -> None:
    assert rules.day_of(None, TODAY) == TODAY


def test_a_second_check_in_on_a_day_changes_nothing() -> None:
    item = worked([TODAY])
    assert rules.checked(item, TODAY)
    assert not rules.checked(item, TODAY - timedelta(1))
    assert not rules.checked(item, TODAY + timedelta(1))
    assert not rules.checked(worked([]), TODAY)
    assert rules.checked_in(item, TODAY) == item


def oracle(days: set[date], today: date) -> tuple[int, int]:
    """The current and the longest streak, computed day by day."""
    lengths: dict[Any, Any] = {}
    for day in sorted(days):
        lengths[day] = lengths.get(day - timedelta(1), 0) + 1
    last = max(days, default=date.min)
    return (lengths[last] if last >= today - timedelta(1) else 0), max(lengths.values(), default=0)


# A learner's check-ins: the days that pass before each visit, and how many days ago each check-in was.
steps = st.lists(st.tuples(st.integers(0, 4), st.lists(st.integers(0, 7), max_size=4)), max_size=60)


@given(steps, st.integers(0, 3))
def test_the_streak_equals_that_of_a_set_of_dates(steps: list[tuple[int, list[int]]], idle: int) -> None:
    today, days, item = date(2024, 2, 20), set[date](), worked([])
    for passing, late in steps:
        today += timedelta(passing)
        for age in late:
            day = rules.day_of(today - timedelta(age), today)
            assert rules.checked(item, day) is (day in days)
            item = rules.checked_in(item, day)
            days.add(day)
        assert rules.streak(item, today) == oracle(days, today)
    today += timedelta(idle)
    assert rules.streak(item, today) == oracle(days, today)


def test_a_streak_of_years_is_counted_whole() -> None:
    days = [TODAY - timedelta(age) for age in range(1000, -1, -1)]
    assert rules.streak(worked(days), TODAY) == (1001, 1001)
    gap = [day for day in days if day != days[300]]
    assert rules.streak(worked(gap), TODAY) == (700, 700)
    assert rules.streak(worked(days[:900]), TODAY) == (0, 900)
    assert len(worked(days)["days"]) < DAYS_KEPT // 4


ZONES = sorted(available_timezones())


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2006, 1, 1), datetime(2036, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.lists(st.integers(0, 30 * 60), max_size=20),
)
def test_days_are_dates_in_the_users_time_zone(zone: str, begin: datetime, minutes: list[int]) -> None:
    """For check-ins minutes or hours apart, the streak is that of the local dates, even when clocks change."""
    standing, item, days, at = Standing("anna", timezone=zone), worked([]), set[date](), begin
    for passing in minutes:
        at += timedelta(minutes=passing)
        today = zones.today(standing, clock.epoch_ms(at))
        assert today == at.astimezone(ZoneInfo(zone)).date()
        item = rules.checked_in(item, rules.day_of(None, today))
        days.add(today)
        assert rules.streak(item, today) == oracle(days, today)


def test_a_traveller_whose_date_goes_back_keeps_the_streak() -> None:
    tomorrow = TODAY + timedelta(1)  # the date in Kiritimati; in Honolulu it is still TODAY
    item = worked([TODAY - timedelta(1), TODAY, tomorrow])
    assert rules.streak(item, TODAY) == (3, 3)
    assert rules.checked(item, rules.day_of(None, TODAY))
    with pytest.raises(Invalid):
        rules.day_of(tomorrow, TODAY)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"metric": "tests_passed", "value": 0}, "value"),
        ({"metric": "tests_passed", "value": -1}, "value"),
        ({"metric": "tests_passed", "value": 1.5}, "value"),
        ({"metric": "tests_passed", "value": MAX_VALUE + 1}, "value"),
        ({"metric": "tests_passed", "value": True}, "value"),
        ({"metric": "points", "value": "5"}, "value"),
        ({"metric": "average_grade", "value": 0}, "value"),
        ({"metric": "average_grade", "value": 100.5}, "value"),
        ({"metric": "average_grade", "value": float("nan")}, "value"),
        ({"metric": "Streak", "value": 5}, "metric"),
        ({"metric": "points"}, "value"),
        ({"metric": "points", "value": 5, "op": "gte"}, "op"),
    ],
)
def test_an_invalid_target_is_refused(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Target.model_validate_json(json.dumps(fields))
    assert {error["loc"][0] for error in caught.value.errors()} == {named}
