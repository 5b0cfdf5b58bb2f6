"""Publishing the events of a stream: refusals, crashes at each step, poison records, erased users."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from events.publish_events import handler
from laurels import attribute_values, bus, clock, keys, table
from laurels.aws import client
from laurels.callers import Caller
from laurels.privacy import service as privacy
from laurels.standings import rules as standings_rules
from laurels.standings.codec import encode
from laurels.standings.models import Counter, Standing
from laurels.writes import Item, Put
from tests.bridge import Bridge
from tests.integration.conftest import Queues
from tests.integration.recorder import Recorder


def award(user_id: str, code: str) -> Item:
    stamps = {"v": 1, "award_id": f"{user_id}-{code}", "awarded_at": "2026-11-20T18:22:05.000Z"}
    return {**keys.award(user_id, code)._asdict(), **stamps, "code": code, "points": 10}


def record(number: int, old: Item | None, new: Item | None, at: float = 1795198925.0) -> dict[str, Any]:
    item = new or old or {}
    images = {"OldImage": old, "NewImage": new}
    change: dict[str, Any] = {
        "ApproximateCreationDateTime": float(int(at)),
        "Keys": attribute_values.pack_item({name: item[name] for name in ("PK", "SK")}),
        "SequenceNumber": str(number),
        **{name: attribute_values.pack_item(image) for name, image in images.items() if image},
    }
    return {"eventID": f"event-{number}", "dynamodb": change}


def records(count: int) -> list[dict[str, Any]]:
    return [record(number, None, award("42", f"code-{number}")) for number in range(count)]


def failures(batch: list[dict[str, Any]]) -> list[str]:
    """Return the sequence numbers that the function reports as failed."""
    return [each["itemIdentifier"] for each in handler({"Records": batch}, None)["batchItemFailures"]]


def test_each_change_is_published_in_order_with_its_sequence(bridge: Bridge) -> None:
    assert failures(records(25)) == []
    assert bridge.taken == [f"event-{number}:achievement.awarded" for number in range(25)]
    assert [int(event["sequence"]) for event in bridge.events] == list(range(25))
    assert {event["source"] for event in bridge.events} == {"/laurels/test"}
    assert {event["time"] for event in bridge.events} == {"2026-11-20T18:22:05.000Z"}


def test_a_change_whose_event_stays_refused_is_reported_first(bridge: Bridge) -> None:
    refused = "event-7:achievement.awarded"
    bridge.refusals = {refused: 99}
    assert failures(records(12)) == ["7", "10", "11"]
    bridge.refusals = {}
    assert failures(records(12)[7:]) == []  # as the stream delivers them again
    assert set(bridge.taken) == {f"event-{number}:achievement.awarded" for number in range(12)}


@pytest.mark.parametrize("afterwards", [False, True])
@pytest.mark.parametrize("step", range(3))
def test_a_publisher_that_dies_at_any_step_publishes_all_events_in_the_end(
    step: int, bridge: Bridge, monkeypatch: pytest.MonkeyPatch, *, afterwards: bool
) -> None:
    """A process that is killed returns nothing, so the stream delivers the whole batch again."""
    made = [0]
    call = bridge.call

    def dying(service: str, target: str, request: Any) -> Any:
        made[0] += 1
        if made[0] == step + 1:
            if afterwards:
                call(service, target, request)
            raise KeyboardInterrupt
        return call(service, target, request)

    monkeypatch.setattr(client, "call", dying)
    with pytest.raises(KeyboardInterrupt):
        failures(records(25))
    assert failures(records(25)) == []
    wanted = [f"event-{number}:achievement.awarded" for number in range(25)]
    assert set(bridge.taken) == set(wanted)
    assert [name for number, name in enumerate(bridge.taken) if name not in bridge.taken[:number]] == wanted


def _without_points() -> dict[str, Any]:
    return record(1, None, {name: value for name, value in award("42", "broken").items() if name != "points"})


def _with_a_set() -> dict[str, Any]:
    """An item that somebody has written by hand: none of ours has a set."""
    broken = _without_points()
    broken["dynamodb"]["NewImage"]["points"] = {"SS": ["10"]}
    return broken


def _of_another_version() -> dict[str, Any]:
    return record(1, None, {**keys.standing("42")._asdict(), "v": 99, "packed": b"otherwise"})


@pytest.mark.parametrize(
    ("broken", "reason"),
    [(_without_points, "KeyError"), (_with_a_set, "TypeError"), (_of_another_version, "ValueError")],
)
def test_a_change_of_which_no_event_can_be_made_is_parked_and_blocks_no_other(
    broken: Callable[[], dict[str, Any]], reason: str, bridge: Bridge, queues: Queues
) -> None:
    batch = records(3)
    batch[1] = broken()
    assert failures(batch) == []
    assert bridge.taken == ["event-0:achievement.awarded", "event-2:achievement.awarded"]
    (message,) = queues.client.receive_message(QueueUrl=queues.urls["EventsDeadLetters"])["Messages"]
    assert json.loads(message["Body"]) == {"sequence_number": "1", "event_id": "event-1", "reason": reason}


def member(user_id: str) -> Item:
    return {**keys.membership(user_id, "g")._asdict(), "group_id": "g", "role": "learner"}


def documents(user_id: str) -> list[Item]:
    """A resume, requirements and a processing of the user."""
    ids = {"resume_id": "r", "requirements_id": "q", "processing_id": "p", "user_id": user_id}
    made = (keys.resume(user_id, "r"), keys.requirements(user_id, "q"), keys.processing(user_id, "p"))
    return [{**key._asdict(), **ids} for key in made]


def test_what_an_erasure_deletes_is_told_by_the_erasure_alone(bridge: Bridge) -> None:
    table.write(Put(award("42", "a")))
    privacy.start_erasure("42", Caller(sub="42"))
    now = clock.now_ms() / 1000
    lost = [each for user_id in ("42", "43") for each in (award(user_id, "a"), member(user_id), *documents(user_id))]
    batch = [record(number, item, None, now) for number, item in enumerate(lost)]
    assert failures(batch) == []
    assert {event["subject"] for event in bridge.events} == {"43"}
    names = ("achievement.revoked", "group.left", "resume.deleted", "requirements.deleted", "processing.deleted")
    assert [event["type"] for event in bridge.events] == [f"laurels.{name}.v1" for name in names]


def test_what_a_user_lost_before_the_erasure_is_told_all_the_same(bridge: Bridge) -> None:
    before = clock.now_ms() / 1000 - 2
    privacy.start_erasure("42", Caller(sub="42"))
    assert failures([record(number, item, None, before) for number, item in enumerate(documents("42"))]) == []
    assert len(bridge.events) == 3


def test_only_what_a_user_loses_is_compared_with_tombstones(bridge: Bridge, calls: Recorder) -> None:
    made = [record(number, None, item) for number, item in enumerate(documents("42"))]
    for each in made:
        each["dynamodb"]["NewImage"] |= {"created_at": {"S": "2026-11-20T18:22:05.000Z"}}
    assert failures(made) == []
    assert (len(bridge.events), calls.made) == (3, [])
    lost = [record(number, item, None) for number, item in enumerate([*documents("42"), *documents("43")])]
    assert failures(lost) == []
    assert calls.operations() == ["batch_get_item"]


@pytest.mark.parametrize(("setting", "count"), [("true", 2), ("false", 1)])
def test_stats_are_published_unless_the_deployment_says_otherwise(
    setting: str, count: int, bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLISH_STATS", setting)
    standing = Standing("42", updated_at=1795198925000)
    standings_rules.count(standing, Counter.TESTS_PASSED, 1, standing.updated_at, standing.updated_at)
    assert failures([record(1, None, encode(standing))]) == []
    assert len(bridge.events) == count
    assert "laurels.streak.extended.v1" in {event["type"] for event in bridge.events}


def test_the_largest_events_of_a_request_fit_into_it(bridge: Bridge) -> None:
    """A request takes 256 KB: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html"""
    long = "x" * 128
    award_item = award(long, "c" * 64) | {"title": "я" * 200, "award_id": "f" * 32}
    assert failures([record(number, None, award_item) for number in range(bus.AT_ONCE)]) == []
    assert sum(len(json.dumps(event).encode()) + 200 for event in bridge.events) < 100 * 1024
