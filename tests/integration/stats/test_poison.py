"""A message that can never be applied goes to the dead-letter queue with its reason and delays no other."""

import json
import logging
from datetime import timedelta
from typing import Any

import pytest

from laurels import queues as queue_door
from laurels.errors import Unavailable
from laurels.standings import service as standings
from laurels.standings.models import Counter
from tests.integration.conftest import Queues
from tests.integration.recorder import Recorder
from tests.integration.stats.deliveries import deliver, ids, parked, record, records, update


def poison(**fields: Any) -> str:
    return json.dumps(update("poison", **fields))


def without(field: str) -> str:
    return json.dumps({name: value for name, value in update("poison").items() if name != field})


POISON = {
    "not JSON": ("hello", "Invalid JSON"),
    "half of JSON": (poison()[:-1], "Invalid JSON"),
    "empty": ("", "Invalid JSON"),
    "blank": ("  \n", "Invalid JSON"),
    "null": ("null", "body: "),
    "an array": ("[]", "body: "),
    "an array of updates": (f"[{poison()}]", "body: "),
    "a number": ("42", "body: "),
    "a text": ('"update"', "body: "),
    "nested 100,000 deep": ("[" * 100_000, "recursion limit"),
    "200 KB of text": ("x" * 200_000, "Invalid JSON"),
    "200 KB of one field": (poison(source="x" * 200_000), "source: "),
    "200 KB of one field's name": (poison(**{"x" * 200_000: 1}), "Extra inputs"),
    "no event_id": (without("event_id"), "event_id: Field required"),
    "no user_id": (without("user_id"), "user_id: Field required"),
    "no source": (without("source"), "source: Field required"),
    "no occurred_at": (without("occurred_at"), "occurred_at: Field required"),
    "nothing to count": (without("increments"), "at least one increment or value"),
    "an unknown field": (poison(colour="red"), "colour: Extra inputs"),
    "an unknown counter": (poison(increments={"kittens": 1}), "increments.kittens"),
    "an unknown value": (poison(values={"height": 1}), "values.height"),
    "a counter among the values": (poison(values={"tests_passed": 1}), "values.tests_passed: cannot be here"),
    "control characters in a name": (poison(increments={"\0\n\u2028\ufffe": 1}), "increments.????"),
    "a counter twice": (
        poison(increments={"tests_passed": 1}).replace('d": 1}', 'd": 1, "tests_passed": 3}'),
        "tests_passed: appears twice",
    ),
    "all counters twice": (f'{poison()[:-1]}, "increments": {{"tests_passed": 3}}}}', "increments: appears twice"),
    "a value twice": (
        poison(values={"average_grade": 4.5}).replace("4.5", '4.5, "average\\u005fgrade": 4.6'),
        "average_grade: appears twice",
    ),
    "a text for a number": (poison(increments={"tests_passed": "1"}), "increments.tests_passed: "),
    "a fraction": (poison(increments={"tests_passed": 1.5}), "increments.tests_passed: "),
    "true for a number": (poison(increments={"tests_passed": True}), "increments.tests_passed: "),
    "null for a number": (poison(increments={"tests_passed": None}), "increments.tests_passed: "),
    "far too much": (poison(increments={"tests_passed": 2**64}), "increments.tests_passed: "),
    "far too little": (poison(increments={"tests_passed": -(2**64)}), "increments.tests_passed: "),
    "a number of 5,000 digits": (poison().replace(": 1}", f": {'9' * 5000}}}"), "number out of range"),
    "a grade that is not a number": (poison(values={"average_grade": float("nan")}), "values.average_grade: "),
    "an infinite grade": (poison(values={"average_grade": float("inf")}), "values.average_grade: "),
    "a grade above 100": (poison(values={"average_grade": 100.1}), "values.average_grade: must be at most 100"),
    "a grade below 0": (poison(values={"average_grade": -0.1}), "values.average_grade: "),
    "the user id me": (poison(user_id="me"), "user_id: must be a user's id"),
    "the user id search": (poison(user_id="search"), "user_id: must be a user's id"),
    "an empty user id": (poison(user_id=""), "user_id: "),
    "a user id with a space": (poison(user_id="4 2"), "user_id: "),
    "a user id with a line feed": (poison(user_id="42\n"), "user_id: "),
    "a user id of 129 characters": (poison(user_id="4" * 129), "user_id: "),
    "a number for a user id": (poison(user_id=42), "user_id: "),
    "an empty event id": (json.dumps({**update(""), "event_id": ""}), "event_id: "),
    "an event id beyond ASCII": (json.dumps({**update(""), "event_id": "дз-1"}), "event_id: "),
    "a lone surrogate": (poison(source="\ud800"), "Invalid JSON"),
    "no offset in a time": (poison(occurred_at="2026-11-20T18:22:05"), "occurred_at: "),
    "a date for a time": (poison(occurred_at="2026-11-20"), "occurred_at: "),
    "a time beyond the calendar": (poison(occurred_at="0001-01-01T00:00:00+05:00"), "occurred_at: "),
    "seconds since 1970": (poison(occurred_at="1795198925"), "occurred_at: "),
    "no such day": (poison(occurred_at="2026-02-30T00:00:00Z"), "occurred_at: "),
    "a number for a time": (poison(occurred_at=1795198925), "occurred_at: "),
    "too old": (poison(ago=timedelta(days=30, seconds=1)), "occurred_at: must not be more than 30 days ago"),
    "far too old": (poison(occurred_at="0001-01-01T00:00:00Z"), "occurred_at: must not be more than 30 days ago"),
}


@pytest.mark.parametrize(("body", "reason"), POISON.values(), ids=POISON)
def test_poison_is_parked_and_the_rest_of_its_group_applied(body: str, reason: str, queues: Queues) -> None:
    before, after = records([update("before")]), records([update("after")])
    assert deliver([*before, record(body), *after]) == []
    assert standings.get("42").counters[Counter.HOMEWORKS_COMPLETED] == 2
    ((found, why),) = parked(queues)
    assert found == body
    assert reason in why
    assert len(why) <= 1000


def test_a_batch_of_poison_alone_asks_the_table_nothing(queues: Queues, calls: Recorder) -> None:
    assert deliver([record(body) for body in ("", "[]", "null")]) == []
    assert calls.made == []
    assert len(parked(queues)) == 3


def test_poison_does_not_hold_up_later_batches(queues: Queues) -> None:
    for number in range(3):
        assert deliver([record("poison"), *records([update(f"event-{number}")])]) == []
    assert standings.get("42").counters[Counter.HOMEWORKS_COMPLETED] == 3


def test_a_redelivered_poison_message_is_parked_once(queues: Queues) -> None:
    """SQS drops a second one of the same id within five minutes."""
    message = record("poison")
    deliver([message])
    deliver([message])
    assert len(parked(queues)) == 1


def test_the_reason_is_logged_without_the_message(queues: Queues, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, logger="laurels"):
        deliver([record(poison(source="anna@example.com lives here"))])
    (line,) = caplog.records
    assert line.__dict__["reason"].startswith("source: ")
    assert line.__dict__["message_id"].startswith("message-")
    assert "anna" not in str(line.__dict__)
    parked(queues)


@pytest.mark.parametrize("days", [1, 7, 90])
def test_the_greatest_age_is_a_setting(days: int, queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_EVENT_AGE_DAYS", str(days))
    old = update("old", ago=timedelta(days=days, seconds=1))
    young = update("young", ago=timedelta(days=days) - timedelta(minutes=1))
    assert deliver(records([old, young])) == []
    assert standings.get("42").counters[Counter.HOMEWORKS_COMPLETED] == 1
    ((_, reason),) = parked(queues)
    assert reason == f"occurred_at: must not be more than {days} days ago"


@pytest.mark.parametrize("error", [Unavailable(), RuntimeError("AccessDenied")], ids=["busy", "a mistake of ours"])
def test_without_the_dead_letter_queue_the_group_is_redelivered(
    error: Exception, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> None:
        raise error

    ours = [record("poison", "1"), *records([update("event", "1")])]
    others = records([update("event", "2")])
    with monkeypatch.context() as broken:
        # Private, so that all code above the request to SQS runs too: only the request fails.
        broken.setattr(queue_door, "_send", refuse)
        assert deliver([*ours, *others]) == ids(ours)
    for user_id in ("1", "2"):
        assert standings.get(user_id).counters[Counter.HOMEWORKS_COMPLETED] == 1
    assert parked(queues) == []

    assert deliver(ours) == []
    assert [body for body, _ in parked(queues)] == ["poison"]
    assert standings.get("1").counters[Counter.HOMEWORKS_COMPLETED] == 1
