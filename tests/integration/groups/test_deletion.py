"""Deleting a group: nothing of it stays, wherever the process dies."""

import json
from contextlib import suppress
from itertools import count
from typing import Any

import pytest

from laurels import departures, keys, table
from laurels.table import Cancelled
from privacy import erase_user
from tests.contents import contents
from tests.integration.conftest import Queues
from tests.integration.groups import school
from tests.integration.groups.school import ADMIN, ANNA
from tests.integration.privacy.erasing_and_exporting import Killed, killed_at

either_side = pytest.mark.parametrize("after", [False, True], ids=["before", "after"])


def message(group_id: str) -> dict[str, Any]:
    """What EraseUser gets from its queue."""
    return {"Records": [{"messageId": "m", "body": json.dumps({"group_id": group_id}), "attributes": {}}]}


def received(queues: Queues) -> dict[str, Any]:
    """Take the messages from the queue, as EraseUser gets them."""
    url = queues.urls["ErasuresQueue"]
    records = []
    for each in queues.client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        queues.client.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        records.append({"messageId": each["MessageId"], "body": each["Body"], "attributes": {}})
    return {"Records": records}


def test_a_deleted_group_is_gone_with_all_memberships(dynamodb_client: Any, table: str, queues: Queues) -> None:
    group_id, other = school.a_class("anna"), school.a_class("anna")
    assert school.import_all(group_id, *({"user_id": f"user-{n}"} for n in range(70))).body["added"] == 70
    assert school.delete(group_id).status == 204
    assert school.delete(group_id).status == 404
    assert not [item for item in contents(dynamodb_client, table) if group_id in repr(item)]
    assert [each["group_id"] for each in school.groups_of("anna").body["items"]] == [other]
    school.check(dynamodb_client, table)


@either_side
def test_a_deletion_that_dies_anywhere_is_finished_by_its_message(
    after: bool, dynamodb_client: Any, table: str, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SETTLE_SECONDS", "0")  # the message is there at once
    monkeypatch.setattr(departures, "_AT_ONCE", 1)  # so that two members take two transactions
    for number in count(1):
        group_id = school.a_class("anna")
        died = True
        with killed_at(number, after=after, monkeypatch=monkeypatch) as made, suppress(Killed):
            school.delete(group_id)
            died = False
        is_begun = school.get(group_id).status == 404
        assert erase_user.handler(received(queues), None) == {"batchItemFailures": []}
        left = [item for item in contents(dynamodb_client, table) if group_id in repr(item)]
        assert not left if is_begun else school.count(group_id) == 2, made
        school.check(dynamodb_client, table)
        if not died:
            break
    assert number > 12


@either_side
def test_a_worker_that_dies_goes_on_with_the_next_delivery(
    after: bool, dynamodb_client: Any, table: str, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in count(1):
        group_id = interrupted(monkeypatch)
        died = True
        with killed_at(number, after=after, monkeypatch=monkeypatch), suppress(Killed):
            erase_user.handler(message(group_id), None)
            died = False
        assert erase_user.handler(message(group_id), None) == {"batchItemFailures": []}
        assert not [item for item in contents(dynamodb_client, table) if group_id in repr(item)]
        school.check(dynamodb_client, table)
        if not died:
            break
    assert number > 5


def interrupted(monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a group whose deletion died after its first write."""
    group_id = school.a_class("anna")
    with killed_at(3, after=True, monkeypatch=monkeypatch), pytest.raises(Killed):
        school.delete(group_id)
    return group_id


def test_a_group_whose_deletion_has_begun_is_gone_for_everybody(
    dynamodb_client: Any, table: str, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    group_id = interrupted(monkeypatch)
    for ask in (school.get, school.members, school.report, school.board, school.delete):
        assert ask(group_id, ANNA).status == 404
    assert school.get(group_id, ADMIN).status == school.put(group_id, "boris").status == 404
    assert school.groups_of("anna").body["items"] == []
    assert school.delete(group_id).status == 204, "a repetition goes on"
    assert not [item for item in contents(dynamodb_client, table) if group_id in repr(item)]
    school.check(dynamodb_client, table)


def test_a_message_about_a_group_that_is_there_removes_nobody(queues: Queues) -> None:
    """The process died before it marked the group, or its `If-Match` was stale at the second look."""
    group_id = school.a_class("anna")
    assert erase_user.handler(message(group_id), None) == {"batchItemFailures": []}
    assert school.count(group_id) == 2
    assert erase_user.handler(message("0" * 32), None) == {"batchItemFailures": []}


def test_nothing_is_sent_for_a_deletion_that_is_refused(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SETTLE_SECONDS", "0")
    group_id = school.a_class("anna")
    assert school.delete(group_id, ANNA).status == 403
    assert school.delete(group_id, headers={"if-match": '"7-0"'}).status == 412
    assert received(queues) == {"Records": []}


def test_a_departure_that_read_no_count_fails_if_there_is_one() -> None:
    """A batch of reads is no snapshot: the user may have joined after the count was read, and before the member was."""
    group_id = school.a_class("anna")
    member = table.get(keys.group_member(group_id, "anna"))
    assert member
    with pytest.raises(Cancelled):
        table.write(*departures.leaving(group_id, [(member, None)]))
