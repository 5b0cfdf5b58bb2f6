"""Goals with a target complete in the transaction of the update that reaches it."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from laurels import clock, keys, table
from laurels.goals import targets
from laurels.standings import rules as standings_rules
from laurels.standings import service as standings
from laurels.standings.models import Counter
from laurels.table import Cancelled
from tests.events import together
from tests.integration.goals.learning import (
    TESTS,
    count,
    goal_id,
    open_targets,
    remove,
    rewrite,
    set_goal,
    shown,
    standing,
    work,
)
from tests.integration.recorder import PASSING, Recorder, for_each

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


def test_a_goal_is_completed_when_its_stat_reaches_the_target(monkeypatch: pytest.MonkeyPatch) -> None:
    goal = goal_id(target=TESTS)
    for tests, progress in ((1, 10), (8, 90)):
        count(tests)
        assert (shown(goal).body["status"], shown(goal).body["progress"]) == ("in-progress", progress)
    etag = shown(goal).headers["etag"]
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(hours=1))
    count(1)
    found = shown(goal)
    assert found.body.items() >= {"status": "completed", "progress": 100, "streak_count": 0}.items()
    assert found.body["completed_at"] == found.body["updated_at"] == "2026-11-20T13:00:00.000Z"
    assert rewrite(goal, {"title": "x"}, if_match=etag).status == 412
    assert open_targets() == (0, 0)


def test_a_goal_whose_target_is_reached_already_is_completed_at_once() -> None:
    count(10)
    made = set_goal({"title": "Read", "target": TESTS}).body
    assert (made["status"], made["progress"]) == ("completed", 100)
    assert made["completed_at"] == made["created_at"]
    assert open_targets() == (0, 0)


def test_a_completed_goal_stays_completed_when_the_stat_falls() -> None:
    goal = goal_id(target=TESTS)
    count(10)
    count(-10)
    assert (shown(goal).body["status"], shown(goal).body["progress"]) == ("completed", 100)


@pytest.mark.parametrize("metric", ["total_courses", "active_courses", "homeworks_completed", "points", "achievements"])
def test_only_its_own_metric_completes_a_goal(metric: str) -> None:
    goal = goal_id(target={"metric": metric, "value": 10})
    count(10)
    assert shown(goal).body["status"] == "in-progress"
    if metric in set(Counter):
        count(10, Counter(metric))
        assert shown(goal).body["status"] == "completed"


def test_a_grade_and_points_and_achievements_complete_goals_too() -> None:
    goals = [
        goal_id(target={"metric": metric, "value": value})
        for metric, value in (("average_grade", 4.5), ("points", 30), ("achievements", 3))
    ]
    found, now = standing(), clock.epoch_ms(NOON)
    standings_rules.grade(found, 4.5, now)
    for _ in range(3):
        standings_rules.earn(found, 10, now, now)
    changes = targets.reached("anna", found, clock.epoch_ms(NOON))
    assert {change.key for change in changes} == {keys.goal("anna", goal) for goal in goals}
    table.write(standings.put(found), *changes)
    assert {shown(goal).body["status"] for goal in goals} == {"completed"}


def test_an_abandoned_goal_completes_only_after_it_is_resumed() -> None:
    goal = goal_id(target=TESTS)
    rewrite(goal, {"title": "Read", "target": TESTS, "status": "abandoned"})
    count(10)
    assert shown(goal).body["status"] == "abandoned"
    answer = rewrite(goal, {"title": "Read", "target": TESTS})
    assert (answer.status, answer.body["status"]) == (200, "completed")
    assert open_targets() == (0, 0)


def test_a_target_that_is_moved_below_the_stat_is_reached() -> None:
    goal = goal_id(target=TESTS)
    count(5)
    assert rewrite(goal, {"title": "x", "target": TESTS | {"value": 6}}).body["status"] == "in-progress"
    assert rewrite(goal, {"title": "x", "target": TESTS | {"value": 5}}).body["status"] == "completed"
    assert open_targets() == (0, 0)


def test_reached_is_idempotent() -> None:
    for value in (5, 10, 15):
        goal_id(target={"metric": "tests_passed", "value": value})
    found, now = standing(), clock.epoch_ms(NOON)
    standings_rules.count(found, Counter.TESTS_PASSED, 10, now, now)
    first = targets.reached("anna", found, clock.epoch_ms(NOON))
    assert (len(first), found.open_targets) == (2, 1)
    assert targets.reached("anna", found, clock.epoch_ms(NOON)) == first
    assert found.open_targets == 1


def test_a_user_without_open_targets_costs_no_request(calls: Recorder) -> None:
    goal_id()
    goal_id(target=TESTS, status="completed")
    found = standing()
    calls.made.clear()
    assert targets.reached("anna", found, clock.epoch_ms(NOON)) == []
    assert calls.made == []
    goal_id(target=TESTS)
    found = standing()
    calls.made.clear()
    assert targets.reached("anna", found, clock.epoch_ms(NOON)) == []
    assert calls.operations() == ["query"]


def test_all_targets_that_can_be_open_are_reached_at_once() -> None:
    goals = [goal_id(target={"metric": "tests_passed", "value": 1 + number}) for number in range(targets.MAX_OPEN)]
    answer = set_goal({"title": "Read", "target": TESTS})
    assert (answer.status, str(targets.MAX_OPEN) in answer.body["detail"]) == (409, True)
    plain = goal_id()
    assert rewrite(plain, {"title": "Read", "target": TESTS}).status == 409
    assert rewrite(goals[0], {"title": "Read", "target": TESTS}).status == 200, "one that is open may be moved"
    assert open_targets() == (targets.MAX_OPEN, targets.MAX_OPEN)
    count(targets.MAX_OPEN)
    assert {shown(goal).body["status"] for goal in goals} == {"completed"}
    assert open_targets() == (0, 0)
    assert set_goal({"title": "Read", "target": TESTS | {"value": 100}}).status == 201


@for_each(*PASSING)
def test_any_throttled_operation_is_computed_anew(calls: Recorder, error: Exception) -> None:
    goal = goal_id(target=TESTS)
    calls.fail("query", error)
    calls.fail("transact_write_items", error, times=2)
    count(10)
    assert shown(goal).body["status"] == "completed"
    assert (standing().counters[Counter.TESTS_PASSED], open_targets()) == (10, (0, 0))


@pytest.mark.parametrize(
    ("what", "status"),
    [
        ({"title": "Write", "target": TESTS}, "completed"),
        ({"title": "Write", "target": TESTS | {"value": 11}}, "in-progress"),
        ({"title": "Write"}, "in-progress"),
        ({"title": "Write", "target": TESTS, "status": "abandoned"}, "abandoned"),
    ],
)
def test_a_rewrite_in_between_is_not_lost(calls: Recorder, what: dict[str, Any], status: str) -> None:
    goal = goal_id(target=TESTS)
    calls.meanwhile("transact_write_items", lambda: rewrite(goal, what))
    count(10)
    found = shown(goal).body
    assert (found["title"], found["status"]) == ("Write", status)
    open_ones = int(status == "in-progress" and "target" in what)
    assert open_targets() == (open_ones, open_ones)


def test_a_goal_that_is_deleted_in_between_does_not_come_back(calls: Recorder) -> None:
    goal = goal_id(target=TESTS)
    calls.meanwhile("transact_write_items", lambda: remove(goal))
    count(10)
    assert shown(goal).status == 404
    assert open_targets() == (0, 0)


def test_a_target_reached_concurrently_is_deleted_with_its_goal(calls: Recorder) -> None:
    goal = goal_id()
    calls.meanwhile("delete_item", lambda: rewrite(goal, {"title": "Read", "target": TESTS}))
    assert remove(goal).status == 204
    assert open_targets() == (0, 0)


def test_a_concurrent_stat_update_is_seen_when_a_target_is_set(calls: Recorder) -> None:
    calls.meanwhile("transact_write_items", lambda: count(10))
    made = set_goal({"title": "Read", "target": TESTS}).body
    assert made["status"] == "completed"
    other = goal_id(target=TESTS | {"value": 100})
    calls.meanwhile("transact_write_items", lambda: count(10))
    assert rewrite(other, {"title": "Read", "target": TESTS | {"value": 20}}).body["status"] == "completed"
    assert open_targets() == (0, 0)


def test_check_ins_and_a_stat_at_once_both_count() -> None:
    goal = goal_id(target=TESTS)
    together([partial(work, goal), partial(_count_as_call, 10), partial(work, goal, "2026-11-19")])
    found = shown(goal).body
    assert found["status"] == "completed"
    assert found["streak_count"] <= 2
    assert open_targets() == (0, 0)


def _count_as_call(by: int) -> Any:
    count(by)


def test_a_wrong_count_of_open_targets_is_corrected(monkeypatch: pytest.MonkeyPatch) -> None:
    goal_id(target=TESTS)
    found = standing()
    found.open_targets = 7
    table.write(standings.put(found))
    count(1)
    assert open_targets() == (1, 1)


def test_a_goal_that_changed_fails_the_whole_transaction() -> None:
    goal = goal_id(target=TESTS)
    found = standing()
    standings_rules.count(found, Counter.TESTS_PASSED, 10, 0, 0)
    changes = targets.reached("anna", found, clock.epoch_ms(NOON))
    rewrite(goal, {"title": "Write", "target": TESTS})
    with pytest.raises(Cancelled):
        table.write(standings.put(found), *changes)
    assert standing().counters[Counter.TESTS_PASSED] == 0
