"""Joining and leaving: two items and two counts that never drift."""

from collections import Counter
from typing import Any

import pytest

from laurels import keys, table
from laurels.groups.models import MAX_GROUPS, MAX_MEMBERS
from laurels.table import Contended, Throttled, UnknownOutcome
from laurels.writes import Put, Update
from tests.contents import contents
from tests.events import together, user
from tests.integration.groups import school
from tests.integration.groups.school import SERVICE, TEACHER
from tests.integration.recorder import Recorder, for_each


def test_repetitions_change_nothing(dynamodb_client: Any, table: str) -> None:
    group_id = school.a_class("anna")
    before = contents(dynamodb_client, table)
    first = school.put(group_id, "anna", TEACHER)
    assert school.put(group_id, "anna", TEACHER).body == first.body
    assert contents(dynamodb_client, table) == before
    assert school.put(group_id, "anna", TEACHER, "teacher").body == first.body | {"role": "teacher"}
    assert school.groups_of("anna").body["items"][0]["role"] == "teacher"
    for _ in range(2):
        assert school.remove(group_id, "anna", TEACHER).status == 204
    assert school.count(group_id) == 1
    school.check(dynamodb_client, table)


@for_each(Contended(), Throttled(), UnknownOutcome())
@pytest.mark.parametrize("after", [False, True])
def test_a_failure_or_a_lost_response_counts_once(
    calls: Recorder, dynamodb_client: Any, table: str, error: Exception, after: bool
) -> None:
    group_id = school.a_class("boris")
    for ask in (school.put, school.remove):
        calls.fail("transact_write_items", error, after=after)
        assert ask(group_id, "anna").status < 300
        school.check(dynamodb_client, table)
    calls.fail("transact_write_items", error, after=after)
    body = school.import_all(group_id, {"user_id": "anna"}, {"user_id": "boris", "role": "teacher"}).body
    assert (body["added"], body["updated"]) == (1, 1)
    school.check(dynamodb_client, table)


def test_a_teacher_whose_response_is_lost_becomes_a_learner_or_leaves(calls: Recorder) -> None:
    group_id = school.a_class()
    calls.fail("transact_write_items", UnknownOutcome(), after=True)
    assert school.put(group_id, "me", TEACHER, "learner").body["role"] == "learner"
    calls.fail("transact_write_items", UnknownOutcome(), after=True)
    assert school.remove(group_id, "me", TEACHER).status == 204


def test_joining_and_leaving_cost_two_requests(calls: Recorder) -> None:
    group_id = school.a_class()
    calls.made.clear()
    assert school.put(group_id, "anna", TEACHER).status == 200
    assert school.remove(group_id, "anna", TEACHER).status == 204
    assert calls.operations() == ["batch_get_item", "transact_write_items"] * 2


def fill(group_id: str, members: int) -> None:
    table.write(Update(keys.group(group_id), set={"members_count": members}))


def test_fifty_parallel_joins_find_one_place(dynamodb_client: Any) -> None:
    group_id = school.a_class()
    fill(group_id, MAX_MEMBERS - 1)
    answers = together([lambda n=n: school.put(group_id, f"user-{n}") for n in range(50)])  # type: ignore[misc]
    assert Counter(answer.status for answer in answers) == {200: 1, 409: 49}
    assert school.count(group_id) == MAX_MEMBERS
    assert len(list(table.query_all(keys.group_member(group_id, "user-")))) == 1


def test_a_join_that_loses_the_last_place_is_refused(calls: Recorder) -> None:
    """Somebody takes the place between its read and its write."""
    group_id, other = school.a_class(), school.create().body["group_id"]
    fill(group_id, MAX_MEMBERS - 1)
    calls.meanwhile("transact_write_items", lambda: school.put(group_id, "boris"))
    assert school.put(group_id, "anna").status == 409
    assert school.count(group_id) == MAX_MEMBERS
    table.write(Put(keys.memberships("clara")._asdict() | {"v": 1, "groups_count": MAX_GROUPS - 1}))
    third = school.create().body["group_id"]
    calls.meanwhile("transact_write_items", lambda: school.put(other, "clara"))
    assert school.put(third, "clara").status == 409
    assert school.count(other) == 1 + school.count(third) == 1


def test_one_user_joins_fifty_groups_of_fifty_one_at_once(dynamodb_client: Any, table: str) -> None:
    groups = [school.create().body["group_id"] for _ in range(MAX_GROUPS + 1)]
    answers = together([lambda each=each: school.put(each, "anna") for each in groups])  # type: ignore[misc]
    assert Counter(answer.status for answer in answers) == {200: MAX_GROUPS, 409: 1}
    assert len(school.groups_of("anna", limit="100").body["items"]) == MAX_GROUPS
    school.check(dynamodb_client, table)


def test_joins_and_departures_at_once_leave_exact_counts(dynamodb_client: Any, table: str) -> None:
    group_id = school.a_class(*(f"user-{n}" for n in range(8)))
    asks: list[Any] = [lambda n=n: school.put(group_id, f"user-{n + 8}") for n in range(8)]
    asks += [lambda n=n: school.remove(group_id, f"user-{n}") for n in range(8)]
    asks += [lambda: school.put(group_id, "user-3", role="teacher"), lambda: school.remove(group_id, "user-9")]
    assert {answer.status for answer in together(asks)} <= {200, 204}
    school.check(dynamodb_client, table)


def test_an_import_reports_each_row(dynamodb_client: Any, table: str) -> None:
    group_id = school.a_class("boris", "clara")
    rows = [
        {"user_id": "anna"},
        {"user_id": "boris"},
        {"user_id": "clara", "role": "teacher"},
        {"user_id": "me"},
        {"user_id": "dora", "role": "owner"},
        {"user_id": "anna", "role": "teacher"},
        {"name": "x"},
    ]
    answer = school.import_all(group_id, *rows, caller=TEACHER)
    assert answer.status == 200
    assert [row["status"] for row in answer.body["items"]] == ["added", "unchanged", "updated", *["failed"] * 4]
    assert [bool(row["errors"]) for row in answer.body["items"]] == [False] * 3 + [True] * 4
    assert (answer.body["added"], answer.body["failed"]) == (1, 4)
    again = school.import_all(group_id, *rows, caller=TEACHER).body
    assert (again["added"], again["updated"], again["unchanged"]) == (0, 0, 3)
    school.check(dynamodb_client, table)


def test_a_hundred_rows_are_imported_in_five_transactions(calls: Recorder, dynamodb_client: Any, table: str) -> None:
    group_id = school.a_class()
    calls.made.clear()
    body = school.import_all(group_id, *({"user_id": f"user-{n}"} for n in range(100))).body
    assert body["added"] == 100
    assert calls.operations() == ["batch_get_item", "transact_write_items"] * 5
    assert school.count(group_id) == 101
    assert school.import_all(group_id, *({"user_id": f"u-{n}"} for n in range(101))).status == 422
    school.check(dynamodb_client, table)


def test_an_import_fills_the_places_that_are_left() -> None:
    group_id = school.a_class()
    fill(group_id, MAX_MEMBERS - 2)
    body = school.import_all(group_id, *({"user_id": f"user-{n}"} for n in range(4))).body
    assert [row["status"] for row in body["items"]] == ["added", "added", "failed", "failed"]
    assert "500 members" in body["items"][2]["errors"][0]


def test_a_user_in_fifty_groups_joins_no_other() -> None:
    group_id = school.a_class()
    table.write(Put(keys.memberships("anna")._asdict() | {"v": 1, "groups_count": MAX_GROUPS}))
    assert school.put(group_id, "anna").status == 409
    assert school.import_all(group_id, {"user_id": "anna"}, {"user_id": "boris"}).body["added"] == 1


def test_joining_makes_no_etag_stale(queues: Any) -> None:
    group_id = school.a_class()
    etag = school.get(group_id).headers["etag"]
    assert school.put(group_id, "anna").status == 200
    assert school.get(group_id).headers["etag"] != etag
    changed = school.patch(group_id, {"name": "8B", "description": None}, TEACHER, {"if-match": etag})
    assert (changed.status, changed.body["name"], changed.body["members_count"]) == (200, "8B", 2)
    assert school.patch(group_id, {"name": "9B"}, TEACHER, {"if-match": etag}).status == 412
    assert school.delete(group_id, SERVICE, {"if-match": etag}).status == 412


def test_a_patch_that_changes_nothing_writes_nothing(dynamodb_client: Any, table: str) -> None:
    group_id = school.a_class()
    before = contents(dynamodb_client, table)
    for body in ({}, {"name": "7B"}, {"kind": "class", "board": "shown", "description": None}):
        assert school.patch(group_id, body, TEACHER).status == 200
    assert contents(dynamodb_client, table) == before
    for wrong in ({"name": None}, {"name": "  "}, {"kind": "school"}, {"board": "on"}, {"members_count": 7}):
        assert school.patch(group_id, wrong, TEACHER).status == 422, wrong


def test_a_repeated_creation_makes_one_group() -> None:
    key = {"idempotency-key": "7B"}
    assert school.create(headers=key).body == school.create(headers=key).body
    assert school.create(name="").status == school.create(kind="x").status == 422


def test_an_erased_user_cannot_be_added(queues: Any) -> None:
    from tests.integration.privacy.erasing_and_exporting import arrive, leave

    arrive("anna")
    group_id = school.a_class("anna")
    leave("anna")
    assert school.put(group_id, "anna").status == school.remove(group_id, "anna").status == 410
    assert school.groups_of("anna", user("anna")).status == 404
    body = school.import_all(group_id, {"user_id": "anna"}, {"user_id": "boris"}).body
    assert [row["status"] for row in body["items"]] == ["failed", "added"]
