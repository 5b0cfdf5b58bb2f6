"""Goals under parallel writes and lost responses: no change is lost, and none is made twice."""

from functools import partial
from typing import Any

import pytest

from laurels.goals import service
from laurels.goals.models import GoalDraft
from laurels.idempotency import Origin
from laurels.table import UnknownOutcome
from tests.contents import contents
from tests.events import together
from tests.integration.goals.learning import TESTS, goal_id, listed, remove, rewrite, set_goal, shown, work
from tests.integration.recorder import PASSING, Recorder, for_each


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


def test_a_concurrent_change_is_not_deleted_unread(calls: Recorder) -> None:
    goal = goal_id()
    etag = shown(goal).headers["etag"]
    calls.meanwhile("delete_item", lambda: rewrite(goal, {"title": "Write"}))
    assert remove(goal, if_match=etag).status == 412
    assert shown(goal).body["title"] == "Write"


def test_a_check_in_is_a_new_state() -> None:
    goal = goal_id()
    before = shown(goal).headers["etag"]
    checked = work(goal)
    assert checked.headers["etag"] != before
    assert shown(goal).headers["etag"] == checked.headers["etag"]
    assert rewrite(goal, {"title": "x"}, if_match=before).status == 412


def test_a_reader_with_the_etag_gets_304() -> None:
    goal = goal_id()
    etag = shown(goal).headers["etag"]
    assert shown(goal, if_none_match=etag).status == 304
    work(goal)
    assert shown(goal, if_none_match=etag).status == 200


def test_of_twenty_writers_of_the_same_revision_one_succeeds() -> None:
    goal = goal_id()
    etag = shown(goal).headers["etag"]
    answers = together([partial(rewrite, goal, {"title": f"n{number}"}, if_match=etag) for number in range(20)])
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


@for_each(*PASSING)
def test_a_throttled_request_is_retried(calls: Recorder, error: Exception) -> None:
    goal = goal_id(target=TESTS)
    calls.fail("batch_get_item", error)
    calls.fail("transact_write_items", error, times=2)
    assert rewrite(goal, {"title": "Write"}).status == 200
    calls.fail("delete_item", error, times=2)
    assert remove(goal).status == 204


def test_a_late_repetition_of_a_create_does_not_undo_changes(calls: Recorder) -> None:
    origin, draft = Origin.of("anna", "k"), GoalDraft(title="Read")

    def made_already() -> None:
        made, _ = service.create("anna", draft, origin)
        assert work(made.goal_id).status == 201

    calls.meanwhile("put_item", made_already)
    goal, revision = service.create("anna", draft, origin)
    assert (goal.streak_count, revision) == (1, 2)
    assert [each["streak_count"] for each in listed().body["items"]] == [1]


def test_a_repeated_request_creates_no_second_goal() -> None:
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
