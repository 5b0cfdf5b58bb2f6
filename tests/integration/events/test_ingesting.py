"""Messages of the auth services: any order, repeated, about users who are new, known or erased."""

import hashlib
import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest

from events.ingest_user_events import handler
from laurels import clock, keys, table
from laurels.callers import Caller
from laurels.keys import Key
from laurels.people import rules as people_rules
from laurels.people import service as people
from laurels.privacy import service as privacy
from laurels.writes import Item
from tests.integration.conftest import Queues
from tests.integration.recorder import PASSING, Recorder, for_each

CREATED = {"type": "user.created", "user_id": 42, "full_name": "Ada Lovelace", "email": "ada@example.org"}
CREATED |= {"created_at": "2026-11-01T10:00:00Z"}
FIRST = {"event_type": "user.logged_in", "user_id": "42", "created_at": "2026-11-02T10:00:00Z"}
SECOND = {"type": "user.logged_in", "user_id": "42", "created_at": "2026-11-03T10:00:00Z"}
DELETED = {"type": "user.deleted", "user_id": "42"}


def receive(*found: Any) -> list[str]:
    """Consume one batch; return the ids of the messages that SQS is to deliver again: their positions."""
    texts = [each if isinstance(each, str) else json.dumps(each) for each in found]
    records = [
        {"messageId": str(number), "body": text, "attributes": {}, "md5OfBody": hashlib.md5(text.encode()).hexdigest()}
        for number, text in enumerate(texts)
    ]
    return [each["itemIdentifier"] for each in handler({"Records": records}, None)["batchItemFailures"]]


def profile(user_id: str = "42") -> Item | None:
    return table.get(keys.profile(user_id), consistent=True)


def listed(shard: Callable[[int], Key]) -> list[Key]:
    """The keys of all items in a list of users."""
    prefixes = map(shard, range(keys.USER_LIST_SHARDS))
    return [Key(item["PK"], item["SK"]) for prefix in prefixes for item in table.query_all(prefix, consistent=True)]


@pytest.fixture(autouse=True)
def _queues(queues: Queues) -> None:
    """Dead letters go to the queues of the template."""


@pytest.mark.parametrize("order", list(itertools.permutations([CREATED, FIRST, SECOND, CREATED])))
def test_messages_in_any_order_lead_to_the_same_profile(order: Any) -> None:
    assert receive(*order) == []
    found = profile()
    assert found is not None
    assert (found["display_name"], found["last_login_at"]) == ("Ada Lovelace", "2026-11-03T10:00:00.000Z")
    assert found["created_at"] == "2026-11-01T10:00:00.000Z"
    assert listed(keys.newest_users_shard) == [keys.newest_user("2026-11-01T10:00:00.000Z", "42")]
    assert "ada@example.org" not in str(found)
    assert found["is_active"]


def test_a_new_profile_begins_when_the_auth_service_created_the_user() -> None:
    receive(CREATED)
    assert (profile() or {})["created_at"] == "2026-11-01T10:00:00.000Z"
    assert table.get(keys.newest_user("2026-11-01T10:00:00.000Z", "42")) is not None


def test_a_name_replaces_only_the_default_one() -> None:
    people.begin(people.fresh("42", "Chosen"))
    people.begin(people.fresh("43"))
    assert receive(CREATED, CREATED | {"user_id": "43"}) == []
    assert [(profile(user_id) or {})["display_name"] for user_id in ("42", "43")] == ["Chosen", "Ada Lovelace"]
    assert table.get(keys.name_word("lovelace", "43")) is not None


def test_a_repeated_message_writes_nothing(calls: Recorder) -> None:
    receive(CREATED, SECOND)
    calls.made.clear()
    assert receive(SECOND, CREATED, FIRST) == []
    assert calls.write_units() == 0


def test_a_sign_in_of_1970_is_not_now() -> None:
    receive(SECOND, SECOND | {"user_id": "43", "created_at": "1970-01-01T00:00:00Z"})
    assert (profile("43") or {})["last_login_at"] == "1970-01-01T00:00:00.000Z"


def test_a_sign_in_without_a_time_or_in_the_future_is_now() -> None:
    before = clock.iso(clock.now())
    receive({"type": "user.logged_in", "user_id": "42"})
    receive(SECOND | {"user_id": "43", "created_at": "2999-01-01T00:00:00Z"})
    after = clock.iso(clock.now())
    for user_id in ("42", "43"):
        assert before <= (profile(user_id) or {})["last_login_at"] <= after


@pytest.mark.parametrize("known", [True, False])
def test_a_deleted_user_is_erased_and_no_message_brings_them_back(*, known: bool) -> None:
    if known:
        receive(CREATED, SECOND)
    assert receive(DELETED) == []
    assert receive(DELETED, CREATED, FIRST, DELETED, SECOND) == []
    assert people_rules.is_erased(people.read("42", consistent=True)[0])
    assert table.get(keys.name_word("lovelace", "42")) is None
    assert listed(keys.users_by_id_shard) == []


def test_a_message_about_a_user_who_was_erased_by_themselves_is_dropped(queues: Queues) -> None:
    people.begin(people.fresh("42"))
    privacy.start_erasure("42", Caller(sub="42"))
    assert receive(CREATED, FIRST, DELETED) == []
    assert people_rules.is_erased(people.read("42", consistent=True)[0])
    assert "Messages" not in queues.client.receive_message(QueueUrl=queues.urls["UserEventsDeadLetters"])


def test_messages_that_can_never_succeed_are_parked_with_a_reason(queues: Queues) -> None:
    assert receive("{", {"type": "user.created"}, CREATED, {"type": "user.deleted", "user_id": "me"}) == []
    assert profile() is not None
    url = queues.urls["UserEventsDeadLetters"]
    found = queues.client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])[
        "Messages"
    ]
    reasons = {message["Body"]: message["MessageAttributes"]["reason"]["StringValue"] for message in found}
    assert len(reasons) == 3
    assert reasons["{}"] == "The message is not a JSON object."
    assert reasons[json.dumps({"type": "user.created"})].startswith("user_id: ")


def test_names_and_e_mails_are_not_parked(queues: Queues) -> None:
    private = {"full_name": "Ada Lovelace", "username": "lovelace", "email": "ada@example.org", "about": {"x": "ada"}}
    bodies = [
        json.dumps(private | {"event_type": "user.created", "user_id": "a b", "created_at": "2026-11-01T10:00:00Z"}),
        json.dumps(private | {"type": "user.created", "user_id": "Ada Lovelace <ada@example.org>"}),
        json.dumps(private | {"user_id": 42, "created_at": "ada@example.org"}),
        json.dumps(private)[:-1],
        json.dumps(private)[:-1] + ', "type": "user.deleted", "user_id": 1, "user_id": 2}',
    ]
    assert receive(*bodies) == []
    url = queues.urls["UserEventsDeadLetters"]
    found = queues.client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
    assert not [each for each in found["Messages"] if "@" in str(each) or "lovelace" in str(each).lower()]
    assert sorted(message["Body"] for message in found["Messages"]) == [
        '{"event_type": "user.created", "user_id": "a b", "created_at": "2026-11-01T10:00:00Z"}',
        '{"type": "user.created"}',
        '{"user_id": 42}',
        "{}",
        "{}",
    ]
    assert receive(*(message["Body"] for message in found["Messages"])) == [], "put back as it is, it is parked again"
    assert listed(keys.users_by_id_shard) == []
    assert not people_rules.is_erased(people.read("2", consistent=True)[0])


def test_other_types_are_acknowledged(calls: Recorder) -> None:
    assert receive({"type": "user.renamed", "user_id": "42"}, {"event_type": "service.started"}) == []
    assert calls.made == []


@for_each(*PASSING)
@pytest.mark.parametrize("after", [False, True])
def test_a_passing_failure_changes_nothing_in_the_end(error: Exception, calls: Recorder, *, after: bool) -> None:
    calls.fail("transact_write_items", error, after=after)
    assert receive(CREATED) == []
    calls.fail("transact_write_items", error, after=after)
    calls.fail("update_item", error, after=after)
    assert receive(SECOND) == []
    found = profile() or {}
    assert (found["display_name"], found["last_login_at"]) == ("Ada Lovelace", "2026-11-03T10:00:00.000Z")


def test_a_message_that_fails_is_delivered_again(calls: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRY_SECONDS", "0")
    calls.fail("transact_write_items", PASSING[0], times=2)
    assert receive(CREATED, CREATED | {"user_id": "43"}, "{") == ["0", "1"]
    assert receive(CREATED, CREATED | {"user_id": "43"}) == []
