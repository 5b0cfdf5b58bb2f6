"""Goals over their endpoints: set, read, rewritten, deleted; whose they are, and which revision was meant."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from goals import create_goal
from laurels import clock, table
from laurels.goals import service
from laurels.goals.models import GoalDraft
from laurels.idempotency import Origin
from laurels.standings import service as standings
from laurels.standings.models import Standing
from laurels.table import Contended, Throttled, UnknownOutcome
from tests.contents import contents
from tests.events import ADMIN, AWARDER, Answer, call, together
from tests.integration.goals.learning import (
    ANNA,
    BORIS,
    TESTS,
    count,
    goal_id,
    listed,
    remove,
    rewrite,
    set_goal,
    shown,
    work,
)
from tests.integration.profiles.people import settle, visible
from tests.integration.recorder import Recorder

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> datetime:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    return NOON


def test_a_goal_is_what_its_owner_says_it_is(noon: datetime) -> None:
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
    *(({"target": target}, "target") for target in (5, "tests_passed", [])),
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


def test_the_target_comes_back_as_it_was_sent() -> None:
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
        "created_at": "2026-11-20T12:00:00.000Z",
        "updated_at": "2026-11-20T13:00:00.000Z",
        "completed_at": None,
    }
    assert shown(goal).body == answer.body


def test_a_goal_goes_through_its_states(noon: datetime) -> None:
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


def test_an_old_etag_is_412_and_changes_nothing(dynamodb_client: Any, table: str) -> None:
    goal = goal_id(target=TESTS)
    first = shown(goal).headers["etag"]
    second = rewrite(goal, {"title": "Write", "target": TESTS}, if_match=first)
    assert second.status == 200
    assert second.headers["etag"] != first
    before = contents(dynamodb_client, table)
    for body in ({"title": "Draw"}, {"title": "Write", "status": "abandoned"}):
        assert rewrite(goal, body, if_match=first).status == 412
    assert remove(goal, if_match=first).status == 412
    assert rewrite(goal, {"title": "x"}, if_match='"no-etag-of-ours"').status == 412
    assert contents(dynamodb_client, table) == before
    assert remove(goal, if_match=second.headers["etag"]).status == 204


def test_what_changes_in_between_is_not_deleted_unread(calls: Recorder) -> None:
    goal = goal_id()
    etag = shown(goal).headers["etag"]
    calls.meanwhile("delete_item", lambda: rewrite(goal, {"title": "Write"}))
    assert remove(goal, if_match=etag).status == 412
    assert shown(goal).body["title"] == "Write"


def test_a_check_in_is_a_new_state(noon: datetime) -> None:
    goal = goal_id()
    before = shown(goal).headers["etag"]
    checked = work(goal)
    assert checked.headers["etag"] != before
    assert shown(goal).headers["etag"] == checked.headers["etag"]
    assert rewrite(goal, {"title": "x"}, if_match=before).status == 412


def test_a_reader_who_holds_it_gets_304() -> None:
    goal = goal_id()
    etag = shown(goal).headers["etag"]
    assert shown(goal, if_none_match=etag).status == 304
    work(goal)
    assert shown(goal, if_none_match=etag).status == 200


def test_of_twenty_writers_who_read_the_same_one_wins() -> None:
    goal = goal_id()
    etag = shown(goal).headers["etag"]
    answers = together(
        [lambda number=number: rewrite(goal, {"title": f"n{number}"}, if_match=etag) for number in range(20)]  # type: ignore[misc]
    )
    assert sorted(answer.status for answer in answers) == [200] + [412] * 19
    (winner,) = (answer for answer in answers if answer.status == 200)
    assert shown(goal).body == winner.body


@pytest.mark.parametrize("body", [{"title": "Write"}, {"title": "Write", "target": TESTS}])
def test_a_rewrite_whose_answer_was_lost_is_known_as_ones_own(calls: Recorder, body: dict[str, Any]) -> None:
    goal = goal_id()
    etag = shown(goal).headers["etag"]
    calls.fail("put_item" if len(body) == 1 else "transact_write_items", UnknownOutcome(), after=True)
    answer = rewrite(goal, body, if_match=etag)
    assert (answer.status, answer.body["title"]) == (200, "Write")
    assert shown(goal).headers["etag"] == answer.headers["etag"]


@pytest.mark.parametrize("fields", [{}, {"target": TESTS}])
def test_a_deletion_whose_answer_was_lost_is_known_as_ones_own(calls: Recorder, fields: dict[str, Any]) -> None:
    goal = goal_id(**fields)
    calls.fail("transact_write_items" if fields else "delete_item", UnknownOutcome(), after=True)
    assert remove(goal).status == 204
    assert remove(goal).status == 404


@pytest.mark.parametrize("error", [Throttled(), Contended(), UnknownOutcome()], ids=lambda error: type(error).__name__)
def test_what_was_turned_away_is_tried_again(calls: Recorder, error: Exception) -> None:
    goal = goal_id(target=TESTS)
    calls.fail("batch_get_item", error)
    calls.fail("transact_write_items", error, times=2)
    assert rewrite(goal, {"title": "Write"}).status == 200
    calls.fail("delete_item", error, times=2)
    assert remove(goal).status == 204


def test_a_goal_that_is_deleted_is_gone(dynamodb_client: Any) -> None:
    goal, other = goal_id(), goal_id()
    assert remove(goal).status == 204
    for gone in (shown(goal), rewrite(goal, {"title": "x"}), work(goal), remove(goal)):
        assert gone.status == 404
    assert [each["goal_id"] for each in listed().body["items"]] == [other]


def test_someone_elses_goal_is_404_for_whoever_would_change_it(dynamodb_client: Any, table: str) -> None:
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


def test_a_goal_id_that_cannot_be_one_is_422() -> None:
    for wrong in ("x", "0" * 31, "0" * 33, "G" * 32):
        answer = shown(wrong)
        assert (answer.status, answer.fields) == (422, ["goal_id"])
    assert shown("0" * 32).status == 404


@pytest.mark.parametrize(
    ("levels", "seen_by"),
    [
        ({}, ["nobody", "boris"]),
        ({"goals": "users"}, ["boris"]),
        ({"goals": "private"}, []),
        ({"profile": "private"}, []),
        ({"badges": "private"}, ["nobody", "boris"]),
    ],
)
def test_who_sees_goals_is_the_owners_choice(levels: dict[str, str], seen_by: list[str]) -> None:
    settle("anna", preferences=visible(**levels))
    goal = goal_id()
    for name, caller in (("nobody", None), ("boris", BORIS)):
        status = 200 if name in seen_by else 404
        assert (listed(caller).status, shown(goal, caller).status) == (status, status)
    for caller in (ANNA, ADMIN):
        assert listed(caller).body["items"] == [shown(goal, caller).body]


@pytest.mark.parametrize(("stats", "told"), [("public", ["nobody", "boris"]), ("users", ["boris"]), ("private", [])])
def test_progress_is_for_those_who_may_see_the_stats(stats: str, told: list[str]) -> None:
    settle("anna", preferences=visible(stats=stats))
    count(4)
    going, done = goal_id(target=TESTS), goal_id(target=TESTS, status="completed")
    for name, caller in (("nobody", None), ("boris", BORIS), ("the owner", ANNA), ("an admin", ADMIN)):
        progress = 40 if caller in (ANNA, ADMIN) or name in told else None
        assert [shown(goal, caller).body["progress"] for goal in (going, done)] == [progress, 100]
        in_list = {goal["goal_id"]: goal["progress"] for goal in listed(caller).body["items"]}
        assert in_list == {going: progress, done: 100}
        assert shown(going, caller).body["target"] == TESTS


def test_the_list_is_newest_first_in_pages_by_status(monkeypatch: pytest.MonkeyPatch) -> None:
    states = ["in-progress", "completed", "abandoned"] * 3
    for number, status in enumerate(states):
        monkeypatch.setattr(clock, "now", lambda number=number: NOON + timedelta(milliseconds=number))
        set_goal({"title": f"n{number}", "status": status})
    for wanted in (None, *states[:3]):
        titles, cursor = [], None
        while True:
            query = {"limit": "2"} | ({"status": wanted} if wanted else {}) | ({"cursor": cursor} if cursor else {})
            page = listed(**query).body
            assert len(page["items"]) <= 2
            titles += [goal["title"] for goal in page["items"]]
            if (cursor := page["next_cursor"]) is None:
                break
        assert titles == [f"n{number}" for number in range(8, -1, -1) if wanted in (None, states[number])]
    cursor = listed(limit="2", status="completed").body["next_cursor"]
    assert listed(limit="2", status="abandoned", cursor=cursor).status == 400
    assert listed(status="done").fields == ["status"]


def test_what_the_owner_sees_is_never_a_moment_old(calls: Recorder) -> None:
    goal = goal_id()
    for caller, consistent in ((ANNA, True), (BORIS, False), (None, False)):
        calls.made.clear()
        assert (listed(caller).status, shown(goal, caller).status) == (200, 200)
        asked = [call.request.get("RequestItems", {"": call.request}).values() for call in calls.made]
        assert [each["ConsistentRead"] for (each,) in asked] == [consistent] * 3


def test_nobodys_goals_are_none() -> None:
    assert listed(user_id="nobody").body == {"items": [], "next_cursor": None}


def test_what_was_done_with_a_goal_is_not_lost_to_a_late_repetition_of_its_making(calls: Recorder) -> None:
    origin, draft = Origin.of("anna", "k"), GoalDraft(title="Read")

    def made_already() -> None:
        made, _ = service.create("anna", draft, origin)
        assert work(made.goal_id).status == 201

    calls.meanwhile("put_item", made_already)
    goal, revision = service.create("anna", draft, origin)
    assert (goal.streak_count, revision) == (1, 2)
    assert [each["streak_count"] for each in listed().body["items"]] == [1]


def test_a_request_that_is_sent_again_sets_no_second_goal() -> None:
    first = set_goal({"title": "Read", "target": TESTS}, headers={"idempotency-key": "k"})
    assert set_goal({"title": "Read", "target": TESTS}, headers={"idempotency-key": "k"}) == first
    assert set_goal({"title": "Write"}, headers={"idempotency-key": "k"}).status == 422
    assert len(listed().body["items"]) == 1


@pytest.mark.parametrize("fields", [{}, {"target": TESTS}])
def test_a_request_whose_answer_was_lost_sets_one_goal(calls: Recorder, fields: dict[str, Any]) -> None:
    def lose() -> None:
        calls.fail("transact_write_items" if fields else "put_item", UnknownOutcome(), after=True)

    calls.meanwhile("query", lose)  # after the claim, before the goal
    made = set_goal({"title": "Read"} | fields, headers={"idempotency-key": "k"})
    assert made.status == 201
    assert listed().body["items"] == [made.body]


def test_there_is_an_end_to_how_many_one_can_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_GOALS", 3)
    goals = [goal_id() for _ in range(3)]
    answer = set_goal()
    assert (answer.status, "3 goals" in answer.body["detail"]) == (409, True)
    remove(goals[0])
    assert set_goal().status == 201
