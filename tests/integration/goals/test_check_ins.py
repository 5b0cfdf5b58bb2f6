"""POST …/check-ins: once per local date, up to a week late, under retries, races and faults."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from goals import check_in
from laurels import clock, table
from laurels.days import runs
from laurels.standings import service as standings
from laurels.standings import zones
from laurels.standings.models import Standing
from laurels.table import Throttled, UnknownOutcome
from preferences import update_preferences
from tests.contents import contents
from tests.events import ADMIN, call, together
from tests.integration.goals.learning import ANNA, goal_id, remove, rewrite, shown, standing, work
from tests.integration.profiles.people import settle
from tests.integration.recorder import LOST_RACE, PASSING, Recorder, for_each

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = date(2026, 11, 20)
ME = {"user_id": "me"}


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


def day(age: int) -> str:
    return (TODAY - timedelta(age)).isoformat()


def live_in(timezone: str) -> None:
    found = standing()
    zones.move(found, timezone, clock.epoch_ms(NOON - timedelta(days=30)))
    table.write(standings.put(found))


def test_the_first_is_201_and_all_after_it_200_with_the_same_goal() -> None:
    goal = goal_id()
    first = work(goal)
    assert first.status == 201
    assert (first.body["streak_count"], first.body["longest_streak"]) == (1, 1)
    for again in (work(goal), work(goal, day(0))):
        assert (again.status, again.body, again.headers["etag"]) == (200, first.body, first.headers["etag"])


def test_twenty_at_once_are_one() -> None:
    goal = goal_id()
    answers = together([lambda: work(goal)] * 20)
    assert sorted(answer.status for answer in answers) == [200] * 19 + [201]
    assert len({answer.text for answer in answers}) == 1
    assert shown(goal).body["streak_count"] == 1


def test_eight_days_at_once_are_eight() -> None:
    goal = goal_id()
    answers = together([partial(work, goal, day(age)) for age in range(8)])
    assert {answer.status for answer in answers} == {201}
    assert shown(goal).body["streak_count"] == 8


@pytest.mark.parametrize(("age", "status"), [(-1, 422), (0, 201), (1, 201), (7, 201), (8, 422), (400, 422)])
def test_a_day_is_today_or_one_of_the_last_seven(age: int, status: int, dynamodb_client: Any, table: str) -> None:
    goal = goal_id()
    before = contents(dynamodb_client, table)
    answer = work(goal, day(age))
    assert answer.status == status
    if status == 422:
        assert answer.fields == ["date"]
        assert contents(dynamodb_client, table) == before


@pytest.mark.parametrize("wrong", ["today", "2026-02-30", "1795198925", 1795198925, "2026-11-20T12:00:00Z", True])
def test_an_invalid_date_is_422(wrong: Any) -> None:
    path = {"user_id": "me", "goal_id": goal_id()}
    assert call(check_in.handler, path=path, caller=ANNA, body={"date": wrong}).fields == ["date"]
    assert call(check_in.handler, path=path, caller=ANNA, body={"day": day(0)}).fields == ["day"]
    assert call(check_in.handler, path=path, caller=ANNA, body={"date": None}).status == 201


@pytest.mark.parametrize(
    ("timezone", "today"), [("Pacific/Kiritimati", 21), ("Pacific/Auckland", 21), ("UTC", 20), ("Etc/GMT+12", 20)]
)
def test_today_is_the_owners_own(timezone: str, today: int) -> None:
    """At noon in Greenwich."""
    goal = goal_id()
    live_in(timezone)
    assert work(goal, f"2026-11-{today + 1}").fields == ["date"]
    assert work(goal, f"2026-11-{today - 8}").fields == ["date"]
    assert work(goal, f"2026-11-{today - 7}").status == 201
    assert work(goal).status == 201
    assert work(goal, f"2026-11-{today}").status == 200


def test_today_is_checked_in_until_it_is_over_where_the_owner_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """At noon in Greenwich it is one o'clock of the next day in Auckland."""
    settle("anna")
    goal = goal_id()
    live_in("Pacific/Auckland")
    assert work(goal, "2026-11-20").body["checked_in_today"] is False
    assert work(goal).body["checked_in_today"] is True
    assert shown(goal, {"sub": "boris"}).body["checked_in_today"] is None
    assert shown(goal, ADMIN).body["checked_in_today"] is True
    for hours, done in ((22, True), (23, False)):
        monkeypatch.setattr(clock, "now", lambda hours=hours: NOON + timedelta(hours=hours))
        assert shown(goal).body["checked_in_today"] is done


def test_a_chosen_time_zone_determines_days_from_then_on() -> None:
    goal = goal_id()
    assert work(goal, "2026-11-21").status == 422
    moved = call(update_preferences.handler, path=ME, caller=ANNA, body={"timezone": "Pacific/Auckland"})
    assert moved.status == 200
    assert work(goal).status == 201
    assert work(goal, "2026-11-21").status == 200
    assert work(goal, "2026-11-20").body["streak_count"] == 2


def test_days_make_a_streak_in_whatever_order_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    goal = goal_id()
    for age, alive, longest in ((3, 0, 1), (1, 1, 1), (7, 1, 1), (2, 3, 3), (0, 4, 4), (5, 4, 4), (6, 4, 4), (4, 8, 8)):
        found = work(goal, day(age)).body
        assert (found["streak_count"], found["longest_streak"]) == (alive, longest)
    for later, alive in ((1, 8), (2, 0)):
        monkeypatch.setattr(clock, "now", lambda later=later: NOON + timedelta(days=later))
        found = shown(goal).body
        assert (found["streak_count"], found["longest_streak"]) == (alive, 8)


def test_a_check_in_makes_the_day_active() -> None:
    for age in (1, 0, 3):
        assert work(goal_id(), day(age)).status == 201
    ordinal = TODAY.toordinal()
    found = standing()
    assert runs(found.activity_days) == [(ordinal - 3, 1), (ordinal, 2)]
    assert (found.points, found.achievements, found.award_days.last) == (0, 0, 0)


def test_only_a_goal_in_progress_is_worked_for(dynamodb_client: Any, table: str) -> None:
    goal = goal_id()
    work(goal, day(1))
    for status in ("completed", "abandoned"):
        rewrite(goal, {"title": "Read", "status": status})
        before = contents(dynamodb_client, table)
        answer = work(goal)
        assert (answer.status, status in answer.body["detail"]) == (409, True)
        assert work(goal, day(1)).status == 200, "a repeated check-in of a day that has counted"
        assert contents(dynamodb_client, table) == before
        rewrite(goal, {"title": "Read"})
    assert work(goal).body["streak_count"] == 2


@for_each(*PASSING, LOST_RACE)
def test_a_throttled_check_in_is_retried(calls: Recorder, error: Exception) -> None:
    goal = goal_id()
    calls.fail("batch_get_item", Throttled())
    calls.fail("transact_write_items", error, times=3)
    assert work(goal).status == 201
    assert work(goal).status == 200


def test_a_check_in_whose_answer_was_lost_is_known_as_ones_own(calls: Recorder) -> None:
    goal = goal_id()
    calls.fail("transact_write_items", UnknownOutcome(), after=True)
    assert work(goal).status == 201
    assert calls.operations().count("transact_write_items") == 1


def test_a_concurrent_check_in_of_another_day_counts_too(calls: Recorder) -> None:
    goal = goal_id()
    calls.meanwhile("transact_write_items", lambda: work(goal, day(1)))
    answer = work(goal)
    assert (answer.status, answer.body["streak_count"]) == (201, 2)


def test_a_goal_that_is_deleted_in_between_stays_deleted(calls: Recorder, dynamodb_client: Any, table: str) -> None:
    goal = goal_id()
    calls.meanwhile("transact_write_items", lambda: remove(goal))
    assert work(goal).status == 404
    assert contents(dynamodb_client, table) == []


@pytest.mark.parametrize("_time", range(3))
def test_check_ins_and_a_deletion_at_once_leave_nothing_behind(_time: int) -> None:
    goal = goal_id(target={"metric": "tests_passed", "value": 5})
    answers = together([*(partial(work, goal, day(age)) for age in range(8)), partial(remove, goal)])
    assert {answer.status for answer in answers[:8]} <= {201, 404}
    assert answers[8].status == 204
    assert shown(goal).status == 404
    assert standing().open_targets == 0


def test_a_title_that_changes_in_between_is_not_lost(calls: Recorder) -> None:
    goal = goal_id()
    calls.meanwhile("transact_write_items", lambda: rewrite(goal, {"title": "Write"}))
    answer = work(goal)
    assert (answer.status, answer.body["title"], answer.body["streak_count"]) == (201, "Write", 1)


def test_a_table_that_stays_away_is_503_and_nothing_is_half_done(
    calls: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    goal = goal_id()
    monkeypatch.setenv("RETRY_SECONDS", "0.2")
    calls.fail("transact_write_items", Throttled(), times=1000)
    assert work(goal).status == 503
    assert (shown(goal).body["streak_count"], standing().activity_days.last) == (0, 0)


def test_a_learner_without_a_standing_gets_one() -> None:
    assert standing() == Standing("anna")
    work(goal_id())
    assert standing().activity_days.last == TODAY.toordinal()
