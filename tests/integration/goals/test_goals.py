"""Goals over HTTP: created, read, replaced, deleted, each only by its owner."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from goals import create_goal
from laurels import clock, table
from laurels.goals import service
from laurels.standings import service as standings
from laurels.standings.models import Standing
from tests.contents import contents
from tests.events import ADMIN, AWARDER, Answer, call
from tests.integration.goals.learning import (
    ANNA,
    BORIS,
    TESTS,
    goal_id,
    listed,
    remove,
    rewrite,
    set_goal,
    shown,
    work,
)
from tests.integration.recorder import Recorder

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> datetime:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    return NOON


def test_a_goal_has_the_fields_its_owner_sent(noon: datetime) -> None:
    body = {
        "title": "Прочитать «Войну и мир» 📚",
        "description": "all of it\nin Russian",
        "target": {"metric": "homeworks_completed", "value": 4},
        "due_date": "2026-12-31",
    }
    made = set_goal(body)
    assert made.status == 201
    assert made.body == {
        "goal_id": made.body["goal_id"],
        **body,
        "status": "in-progress",
        "progress": 0,
        "streak_count": 0,
        "longest_streak": 0,
        "checked_in_today": False,
        "created_at": "2026-11-20T12:00:00.000Z",
        "updated_at": "2026-11-20T12:00:00.000Z",
        "completed_at": None,
    }
    found = shown(made.body["goal_id"])
    assert (found.status, found.body, found.headers["etag"]) == (200, made.body, made.headers["etag"])
    assert listed().body == {"items": [made.body], "next_cursor": None}


def test_a_title_is_enough() -> None:
    made = set_goal({"title": "Read"}).body
    assert {name: made[name] for name in ("description", "target", "progress", "due_date")} == {
        "description": "",
        "target": None,
        "progress": None,
        "due_date": None,
    }


WRONG: list[tuple[dict[str, Any], str]] = [
    *(({"title": title}, "title") for title in ("", " ", "x" * 201, "two\nlines", "a\x00b", 5, None)),
    *(({"description": text}, "description") for text in ("x" * 1001, "\x1b[31m", None, 5)),
    *(({"status": status}, "status") for status in ("done", "", "IN-PROGRESS", None, 5)),
    *(({"due_date": day}, "due_date") for day in ("soon", "2026-02-30", "1795198925", 1795198925, "2026-11-20T00:00Z")),
    ({"target": 5}, "target"),
    ({"target": "tests_passed"}, "target"),
    ({"target": []}, "target"),
    ({"target": {"value": 5}}, "target.metric"),
    ({"target": {"metric": "streak", "value": 5}}, "target.metric"),
    ({"target": {"metric": "tests_passed"}}, "target.value"),
    ({"target": {"metric": "tests_passed", "value": 0}}, "target.value"),
    ({"target": {"metric": "tests_passed", "value": 1.5}}, "target.value"),
    ({"target": {"metric": "points", "value": 2**32}}, "target.value"),
    ({"target": {"metric": "average_grade", "value": 100.1}}, "target.value"),
    ({"target": TESTS | {"op": "gte"}}, "target.op"),
    *(
        ({name: 5}, name)
        for name in ("progress", "streak_count", "longest_streak", "goal_id", "completed_at", "user_id")
    ),
]


@pytest.mark.parametrize(("fields", "named"), WRONG)
def test_a_wrong_field_is_422_is_named_and_nothing_is_stored(
    fields: dict[str, Any], named: str, dynamodb_client: Any, table: str
) -> None:
    answer = set_goal({"title": "Read"} | fields)
    assert (answer.status, answer.fields) == (422, [named])
    assert contents(dynamodb_client, table) == []


@pytest.mark.parametrize(("fields", "named"), WRONG[::3])
def test_a_wrong_field_changes_nothing(fields: dict[str, Any], named: str, dynamodb_client: Any, table: str) -> None:
    goal = goal_id()
    before = contents(dynamodb_client, table)
    answer = rewrite(goal, {"title": "Write"} | fields)
    assert (answer.status, answer.fields) == (422, [named])
    assert contents(dynamodb_client, table) == before


def test_a_target_is_returned_as_it_was_sent() -> None:
    for value in ("10", "1", "99.5", "100", "0.01"):
        metric = "average_grade" if "." in value else "points"
        sent = f'{{"title":"x","target":{{"metric":"{metric}","value":{value}}}}}'
        answer = call(create_goal.handler, path={"user_id": "me"}, caller=ANNA, raw=sent)
        assert f'"value":{value}}}' in answer.text
        assert f'"value":{value}}}' in shown(answer.body["goal_id"]).text


def test_the_longest_of_everything_is_taken() -> None:
    body = {
        "title": "я" * 200,
        "description": "🎯" * 1000,
        "target": {"metric": "points", "value": 2**32 - 1},
        "due_date": "9999-12-31",
    }
    made = set_goal(body)
    assert made.status == 201
    assert made.body.items() >= body.items()


@pytest.mark.parametrize(
    ("timezone", "status"),
    [("Pacific/Auckland", 422), ("UTC", 201), ("Pacific/Honolulu", 201)],
)
def test_a_new_goal_is_not_due_before_the_owners_today(noon: datetime, timezone: str, status: int) -> None:
    """In Auckland it is the 21st."""
    table.write(standings.put(Standing("anna", timezone=timezone)))
    answer = set_goal({"title": "Read", "due_date": "2026-11-20"})
    assert answer.status == status
    if status == 422:
        assert answer.fields == ["due_date"]


def test_a_goal_may_be_overdue_and_still_be_rewritten(noon: datetime) -> None:
    goal = goal_id(due_date="2026-11-20")
    answer = rewrite(goal, {"title": "Read", "due_date": "2026-10-01", "status": "completed"})
    assert (answer.status, answer.body["due_date"]) == (200, "2026-10-01")


def test_put_replaces_all_that_the_owner_writes_and_nothing_else(noon: datetime, monkeypatch: Any) -> None:
    goal = goal_id(description="x", target=TESTS, due_date="2026-12-31")
    work(goal, "2026-11-19")
    work(goal)
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(hours=1))
    answer = rewrite(goal, {"title": "Write"})
    assert answer.status == 200
    assert answer.body == {
        "goal_id": goal,
        "title": "Write",
        "description": "",
        "status": "in-progress",
        "target": None,
        "progress": None,
        "due_date": None,
        "streak_count": 2,
        "longest_streak": 2,
        "checked_in_today": True,
        "created_at": "2026-11-20T12:00:00.000Z",
        "updated_at": "2026-11-20T13:00:00.000Z",
        "completed_at": None,
    }
    assert shown(goal).body == answer.body


def test_a_goal_changes_its_status(noon: datetime) -> None:
    goal = goal_id()
    for status, code in (
        ("completed", 200),
        ("completed", 200),
        ("abandoned", 409),
        ("in-progress", 200),
        ("abandoned", 200),
        ("completed", 409),
        ("in-progress", 200),
    ):
        before = shown(goal).body
        answer = rewrite(goal, {"title": "Read", "status": status})
        assert answer.status == code
        expected = status if code == 200 else before["status"]
        found = shown(goal).body
        assert found["status"] == expected
        assert found["completed_at"] == ("2026-11-20T12:00:00.000Z" if expected == "completed" else None)


def test_a_goal_may_be_set_as_reached_already(noon: datetime) -> None:
    made = set_goal({"title": "Read", "status": "completed"}).body
    assert (made["status"], made["completed_at"]) == ("completed", "2026-11-20T12:00:00.000Z")


def test_a_goal_that_is_deleted_is_gone(dynamodb_client: Any) -> None:
    goal, other = goal_id(), goal_id()
    assert remove(goal).status == 204
    for gone in (shown(goal), rewrite(goal, {"title": "x"}), work(goal), remove(goal)):
        assert gone.status == 404
    assert [each["goal_id"] for each in listed().body["items"]] == [other]


def test_another_user_s_goal_cannot_be_changed(dynamodb_client: Any, table: str) -> None:
    goal = goal_id()
    before = contents(dynamodb_client, table)
    for caller in (BORIS, ADMIN, AWARDER):
        answers: list[Answer] = []
        for user_id in ("anna", "me"):
            answers += [
                rewrite(goal, {"title": "x"}, caller, user_id),
                remove(goal, caller, user_id),
                work(goal, None, caller, user_id),
            ]
        answers.append(set_goal(caller=caller, user_id="anna"))
        assert {answer.status for answer in answers} == {404}
    assert contents(dynamodb_client, table) == before
    assert shown(goal, BORIS, "boris").status == 404


def test_a_goal_id_that_cannot_exist_is_404() -> None:
    for wrong in ("x", "0" * 31, "0" * 33, "G" * 32):
        answer = shown(wrong)
        assert answer.status == 404
    assert shown("0" * 32).status == 404


def test_the_number_of_goals_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_GOALS", 3)
    goals = [goal_id() for _ in range(3)]
    answer = set_goal()
    assert (answer.status, "3 goals" in answer.body["detail"]) == (409, True)
    remove(goals[0])
    assert set_goal().status == 201


def test_a_put_of_the_same_content_writes_nothing(calls: Recorder, monkeypatch: Any) -> None:
    goal = goal_id(description="x", target=TESTS, due_date="2026-12-31")
    body = {"title": "Read", "description": "x", "target": TESTS, "due_date": "2026-12-31"}
    first = rewrite(goal, body)
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(hours=1))
    calls.made.clear()
    again = rewrite(goal, body)
    assert (again.status, again.text, again.headers["etag"]) == (200, first.text, first.headers["etag"])
    assert calls.operations() == ["batch_get_item"]


@pytest.mark.parametrize("spelling", ["in-progress", "in_progress"])
def test_the_filter_takes_both_spellings_of_in_progress(spelling: str) -> None:
    goal = goal_id()
    answer = listed(status=spelling)
    assert [(item["goal_id"], item["status"]) for item in answer.body["items"]] == [(goal, "in-progress")]


def test_a_cursor_of_me_continues_the_list_of_the_own_id_and_the_reverse() -> None:
    goals = {goal_id() for _ in range(3)}
    for first, second in (("me", "anna"), ("anna", "me")):
        page = listed(user_id=first, limit="2").body
        rest = listed(user_id=second, limit="2", cursor=page["next_cursor"]).body
        assert {item["goal_id"] for item in [*page["items"], *rest["items"]]} == goals
