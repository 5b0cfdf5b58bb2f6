"""POST /v1/users/{user_id}/stats/updates: valid and invalid updates, and the messages on the queue."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from laurels import clock
from laurels import queues as queue_door
from laurels.errors import Unavailable
from laurels.standings import service as standings
from laurels.standings.models import Counter
from stats.submit_stat_update import handler
from tests.integration.conftest import Queues
from tests.integration.recorder import Recorder
from tests.integration.stats.calling import EVENTS, Answer, call
from tests.integration.stats.deliveries import deliver, record

SERVICE = {"sub": "homework-service", "scope": "stats:write"}
SCHEMA = json.loads((Path(EVENTS) / "schemas" / "stat_update.json").read_text())


def draft(**fields: Any) -> dict[str, Any]:
    return {
        "event_id": "hw-1",
        "source": "homework-service",
        "occurred_at": clock.iso(datetime.now(UTC)),
        "increments": {"homeworks_completed": 1},
        **fields,
    }


def submit(body: Any, user_id: str = "42", caller: dict[str, str] | None = SERVICE) -> Answer:
    return call(handler, path={"user_id": user_id}, caller=caller, body=body)


def on_the_queue(queues: Queues) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = queues.client.receive_message(
        QueueUrl=queues.url, MaxNumberOfMessages=10, AttributeNames=["All"]
    ).get("Messages", [])
    return found


def test_a_submitted_update_is_queued_in_the_published_shape(queues: Queues) -> None:
    sent = draft(values={"average_grade": 4.6}, occurred_at="2099-11-20T21:22:05.1234+03:00")
    assert submit(sent) == (202, {"event_id": "hw-1"})
    (message,) = on_the_queue(queues)
    body = json.loads(message["Body"])
    jsonschema.validate(body, SCHEMA, format_checker=jsonschema.FormatChecker())
    assert body == {**sent, "user_id": "42", "occurred_at": "2099-11-20T18:22:05.123Z"}
    assert message["Attributes"]["MessageGroupId"] == "42"
    assert message["Attributes"]["MessageDeduplicationId"] == hashlib.sha256(message["Body"].encode()).hexdigest()


def test_a_repeated_update_is_queued_once_and_a_corrected_one_too(queues: Queues) -> None:
    sent = draft()
    for increments in ({"tests_passed": 1}, {"tests_passed": 1}, {"tests_passed": 2}):
        assert submit(sent | {"increments": increments}).status == 202
    bodies = [json.loads(message["Body"]) for message in on_the_queue(queues)]
    assert [body["increments"] for body in bodies] == [{"tests_passed": 1}, {"tests_passed": 2}]
    assert {body["event_id"] for body in bodies} == {"hw-1"}


@pytest.mark.parametrize("user_id", ["auth0|5f7c8ec7c33c6c004bbafe82", "a@b.example", "x:y-z_.", "9" * 128])
def test_any_user_id_is_a_group_and_any_event_id_is_sent(user_id: str, queues: Queues) -> None:
    event_id = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~".ljust(128, "e")
    assert submit(draft(event_id=event_id), user_id).status == 202
    (message,) = on_the_queue(queues)
    assert json.loads(message["Body"])["user_id"] == user_id
    assert message["Attributes"]["MessageGroupId"] == user_id
    assert json.loads(message["Body"])["event_id"] == event_id


def test_an_accepted_update_is_applied(queues: Queues) -> None:
    submit(draft())
    (message,) = on_the_queue(queues)
    assert deliver([record(message["Body"], message["Attributes"]["MessageGroupId"])]) == []
    assert standings.get("42").counters[Counter.HOMEWORKS_COMPLETED] == 1


def test_it_is_queued_once_however_often_it_is_sent(queues: Queues) -> None:
    sent = draft()
    for _ in range(3):
        assert submit(sent).status == 202
    assert len(on_the_queue(queues)) == 1


@pytest.mark.parametrize(
    "caller",
    [
        {"sub": "42"},
        {"sub": "1", "roles": "admin"},
        {"sub": "2", "scope": "awards:write users:write"},
        {"sub": "3", "roles": "stats:write"},
        {"sub": "4", "scope": "stats:writes"},
        None,
    ],
    ids=["the user", "an admin", "other scopes", "a role of that name", "a longer scope", "nobody"],
)
def test_it_takes_the_scope(caller: dict[str, str] | None, queues: Queues) -> None:
    status, body = submit(draft(), caller=caller)
    assert (status, body["code"]) == (403, "forbidden")
    assert on_the_queue(queues) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"event_id": ""}, "event_id"),
        ({"event_id": "e" * 129}, "event_id"),
        ({"event_id": "a b"}, "event_id"),
        ({"source": "homework service"}, "source"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"occurred_at": "2026-11-20T18:22:05"}, "occurred_at"),
        ({"increments": {"kittens": 1}}, "increments.kittens"),
        ({"increments": {"tests_passed": 1.5}}, "increments.tests_passed"),
        ({"increments": {"tests_passed": 1_000_001}}, "increments.tests_passed"),
        ({"increments": {"tests_passed": -1_000_001}}, "increments.tests_passed"),
        ({"increments": [1]}, "increments"),
        ({"values": {"average_grade": 100.5}}, "values.average_grade"),
        ({"values": {"average_grade": "4.6"}}, "values.average_grade"),
        ({"user_id": "43"}, "user_id"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_invalid_fields_are_422_and_named(fields: dict[str, Any], field: str, queues: Queues) -> None:
    status, body = submit(draft(**fields))
    assert (status, [error["field"] for error in body["errors"]]) == (422, [field])
    assert on_the_queue(queues) == []


def test_an_update_without_increments_and_values_is_422(queues: Queues) -> None:
    status, body = submit(draft(increments={}))
    assert (status, body["errors"][0]["detail"]) == (422, "must hold at least one increment or value")


def test_too_old_is_422_and_just_young_enough_is_taken(queues: Queues) -> None:
    now = datetime.now(UTC)
    status, body = submit(draft(occurred_at=clock.iso(now - timedelta(days=30, seconds=1))))
    assert (status, body["errors"][0]["field"], body["errors"][0]["code"]) == (422, "occurred_at", "too_old")
    assert submit(draft(occurred_at=clock.iso(now - timedelta(days=30) + timedelta(minutes=1)))).status == 202


def test_a_queue_that_does_not_answer_is_503(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: Any) -> None:
        raise Unavailable

    # Private, so that all code above the request to SQS runs too: only the request fails.
    monkeypatch.setattr(queue_door, "_send", refuse)
    status, body = submit(draft())
    assert (status, body["code"]) == (503, "unavailable")


def test_it_asks_the_table_only_whether_the_user_was_erased(queues: Queues, calls: Recorder) -> None:
    submit(draft())
    assert (calls.operations(), calls.read_units()) == (["batch_get_item"], 0.0)
