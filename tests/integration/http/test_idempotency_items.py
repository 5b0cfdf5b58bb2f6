"""The items of `Idempotency-Key` belong to their user, and are limited in number."""

from collections import Counter as Tally
from datetime import UTC, datetime
from typing import Any

import pytest

from goals import create_goal
from laurels import clock, idempotency, keys, table
from laurels.table import Throttled
from profiles import create_profile
from sessions import create_session
from streaks import add_freezes
from tests.contents import contents
from tests.events import call, user
from tests.integration.achievements.catalogue import create, draft
from tests.integration.http.keyed import OTHER_ADMIN, keyed, later
from tests.integration.recorder import Recorder


def kept_for(user_id: str) -> list[dict[str, Any]]:
    """The responses kept in the user's own partition."""
    return list(table.query_all(keys.idempotency(user_id), consistent=True))


def test_the_table_holds_no_key_in_the_open() -> None:
    keyed(key="anna@example.org")
    assert "anna@example.org" not in str(kept_for("an-admin"))


def test_a_response_lies_in_the_partition_of_the_user_whom_it_is_about(dynamodb_client: Any, table: str) -> None:
    service, key = user("some-service", scope="users:write awards:write"), {"idempotency-key": "k"}
    for path in ("me", "boris"):
        set_goal = {"path": {"user_id": path}, "body": {"title": "Learn"}, "headers": key}
        assert call(create_goal.handler, caller=user("boris"), **set_goal).status == 201
    give = {"path": {"user_id": "carla"}, "body": {"count": 1}, "headers": key}
    assert call(add_freezes.handler, caller=service, **give).status == 201
    anna = {"user_id": "anna", "display_name": "Anna"}
    assert call(create_profile.handler, caller=service, body=anna, headers=key).status == 201
    assert call(create_session.handler, path={"user_id": "anna"}, caller=service, body={}, headers=key).status == 201
    assert keyed().status == 201
    found = Tally(item["PK"] for item in contents(dynamodb_client, table) if item["SK"].startswith("IDEMPOTENCY#"))
    assert found == {"USER#boris": 1, "USER#carla": 1, "USER#anna": 2, "USER#an-admin": 1}
    assert "some-service" not in str(kept_for("anna") + kept_for("carla"))


def test_two_services_have_their_own_keys_for_one_user() -> None:
    for sub in ("one-service", "another-service"):
        caller = user(sub, scope="users:write")
        path, key = {"user_id": "anna"}, {"idempotency-key": "k"}
        answer = call(create_session.handler, path=path, caller=caller, body={"device_name": sub}, headers=key)
        assert (answer.status, answer.body["device_name"]) == (201, sub)
    assert len(kept_for("anna")) == 2


def test_a_refused_caller_writes_nothing_into_the_partition_of_another(dynamodb_client: Any, table: str) -> None:
    body, key = {"user_id": "anna", "display_name": "Anna"}, {"idempotency-key": "k"}
    assert call(create_profile.handler, caller=user("boris"), body=body, headers=key).status == 403
    assert contents(dynamodb_client, table) == []


def test_a_user_can_have_a_limited_number_of_new_keys_a_day(
    monkeypatch: pytest.MonkeyPatch, dynamodb_client: Any, table: str
) -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: noon)
    monkeypatch.setattr(idempotency, "MAX_A_DAY", 3)
    first = [keyed(draft(f"code-{number}"), key=f"key-{number}") for number in range(3)]
    assert {answer.status for answer in first} == {201}
    before = contents(dynamodb_client, table)
    for number in range(3, 6):
        answer = keyed(draft(f"code-{number}"), key=f"key-{number}")
        assert (answer.status, answer.headers["retry-after"]) == (429, str(12 * 3600))
    without_count = [
        [item for item in items if not item["SK"].startswith("IDEMPOTENCY-COUNT#")]
        for items in (before, contents(dynamodb_client, table))
    ]
    assert without_count[0] == without_count[1]
    # Repetitions, other users and creates without a key are not counted, and the next day begins anew.
    assert [keyed(draft(f"code-{number}"), key=f"key-{number}") for number in range(3)] == first
    assert keyed(draft("code-7"), key="key-7", caller=OTHER_ADMIN).status == 201
    assert create(draft("code-8")).status == 201
    later(monkeypatch, hours=12)
    assert keyed(draft("code-9"), key="key-9").status == 201


@pytest.mark.parametrize("after", [False, True])
def test_a_key_that_cannot_be_counted_is_honoured(calls: Recorder, after: bool) -> None:
    calls.fail("update_item", Throttled(), after=after)
    first = keyed()
    assert (first.status, keyed()) == (201, first)


def test_counting_costs_one_write_of_one_unit(calls: Recorder) -> None:
    keyed()
    counted = [call for call in calls.made if "IDEMPOTENCY-COUNT#" in str(call.request)]
    assert [(call.operation, call.units) for call in counted] == [("update_item", 1.0)]
