"""Whether criteria are met, which are newly met, and since when."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laurels import clock
from laurels.achievements import criteria
from laurels.achievements.criteria import Criterion
from laurels.standings import rules as standings_rules
from laurels.standings.models import Counter, Metric, Standing

NOW = clock.epoch_ms(datetime(2026, 11, 20, 18, tzinfo=UTC))
DAY = 86_400_000


def definition(code: str = "five", **fields: Any) -> dict[str, Any]:
    conditions = [{"metric": "homeworks_completed", "op": "gte", "value": 5}]
    return {"code": code, "points": 10, "is_active": True, "criteria": {"all": conditions}} | fields


def criterion(**values: float) -> Criterion:
    return Criterion("x", 10, tuple((Metric(name), value) for name, value in values.items()))


def standing(**counts: int) -> Standing:
    found = Standing("anna")
    for name, number in counts.items():
        standings_rules.count(found, Counter(name), number, NOW - DAY, NOW)
    return found


def test_criteria_are_stored_as_a_short_text_and_read_back() -> None:
    text = criteria.text_of(definition())
    assert text == '[10,[["homeworks_completed",5.0]]]'
    item = {"PK": "CATALOGUE", "SK": "CRITERIA", "v": 1, criteria.attribute("five"): text}
    assert criteria.read(item) == [Criterion("five", 10, ((Metric.HOMEWORKS_COMPLETED, 5.0),))]
    assert criteria.read(None) == criteria.read({"PK": "CATALOGUE", "v": 1}) == []


@pytest.mark.parametrize("fields", [{"is_active": False}, {"criteria": None}])
def test_achievements_that_are_not_awarded_automatically_have_no_text(fields: dict[str, Any]) -> None:
    assert criteria.text_of(definition(**fields)) is None
    assert criteria.text_of(None) is None


def test_every_metric_can_be_a_condition() -> None:
    found = criteria.reached(standing(**{counter.value: 3 for counter in Counter}))
    assert found.keys() == set(Metric)
    assert {found[Metric(counter.value)] for counter in Counter} == {3}
    assert found[Metric.AVERAGE_GRADE] == 0


def test_criteria_that_were_met_before_are_not_newly_met() -> None:
    before = criteria.reached(standing(homeworks_completed=5))
    after = criteria.reached(standing(homeworks_completed=9, tests_passed=1))
    wanted = [
        criterion(homeworks_completed=5),
        criterion(homeworks_completed=6),
        criterion(homeworks_completed=9, tests_passed=1),
        criterion(homeworks_completed=9, tests_passed=2),
    ]
    assert criteria.newly_met(wanted, before, after) == wanted[1:3]


values = st.fixed_dictionaries({metric: st.integers(0, 4) for metric in Metric})
some = st.dictionaries(st.sampled_from([metric.value for metric in Metric]), st.integers(1, 4), min_size=1)


@given(values, values, st.lists(some, max_size=5))
def test_newly_met_criteria_are_met_now_and_were_not_met_before(
    before: dict[str, float], after: dict[str, float], wanted: list[dict[str, int]]
) -> None:
    found = criteria.newly_met([criterion(**each) for each in wanted], before, after)
    now = [all(after[Metric(name)] >= value for name, value in each.items()) for each in wanted]
    then = [all(before[Metric(name)] >= value for name, value in each.items()) for each in wanted]
    assert len(found) == sum(is_met and not was_met for is_met, was_met in zip(now, then, strict=True))


def test_the_time_of_a_condition_is_known_only_while_the_score_equals_its_value() -> None:
    found = standing(homeworks_completed=5, tests_passed=7, total_courses=2)
    standings_rules.grade(found, 90, NOW - 2 * DAY)
    standings_rules.earn(found, 50, NOW - 3 * DAY, NOW)
    wanted = criterion(
        homeworks_completed=5, tests_passed=5, total_courses=2, average_grade=90, points=50, achievements=1
    )
    days = [at and (NOW - at) // DAY for at in criteria.times(wanted, found)]
    assert days == [1, None, None, 2, 3, 3]
    assert criteria.times(criterion(average_grade=80), found) == [None]


def test_the_stored_text_is_json() -> None:
    points, conditions = json.loads(criteria.text_of(definition()) or "")
    assert (points, conditions) == (10, [["homeworks_completed", 5]])
