"""Sending stat updates from a file to the queue, and refusing invalid lines."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from local.demo import stat_updates
from local.demo.stat_updates import Limits


class Queue:
    """Accepts batches as SQS does, except entries whose ids are in `refuse`."""

    def __init__(self, refuse: Any = ()) -> None:
        self.batches: list[Any] = []
        self._refuse = set(refuse)

    def send_message_batch(self, QueueUrl: Any, Entries: Any) -> Any:  # noqa: N803 (SQS's names)
        assert QueueUrl == "the-queue"
        self.batches.append(Entries)
        return {
            "Successful": [{"Id": each["Id"]} for each in Entries if each["Id"] not in self._refuse],
            "Failed": [
                {"Id": each["Id"], "Code": "InternalError", "Message": "try again"}
                for each in Entries
                if each["Id"] in self._refuse
            ],
        }


def line(event_id: Any, user_id: str = "ada", **other: Any) -> Any:
    about = {"source": "test", "occurred_at": "2026-11-20T18:22:05Z", "increments": {"tests_passed": 1}}
    return json.dumps({"event_id": event_id, "user_id": user_id} | about | other) + "\n"


def test_updates_are_sent_in_batches_of_ten_grouped_by_user() -> None:
    queue = Queue()
    assert stat_updates.send([line(f"e{n}", f"u{n % 2}") for n in range(23)], "the-queue", queue) == (23, [])
    assert [len(batch) for batch in queue.batches] == [10, 10, 3]
    entry = queue.batches[0][3]
    assert entry == {"Id": "4", "MessageGroupId": "u1", "MessageBody": line("e3", "u1").strip()}  # no deduplication id


def test_a_deliberate_duplicate_gets_its_own_deduplication_id() -> None:
    queue = Queue()
    stat_updates.send([line("a"), line("a")], "the-queue", queue, again=True)
    assert len({entry["MessageDeduplicationId"] for entry in queue.batches[0]}) == 2


def test_invalid_lines_are_reported_and_the_others_are_sent() -> None:
    lines = [line("a"), "\n", "{nonsense\n", "[]\n", '{"event_id": "b"}\n', line("", "x"), line("c"), line(7)]
    sent, refused = stat_updates.send(lines, "the-queue", Queue())
    assert sent == 2
    assert [number for number, _ in refused] == [3, 4, 5, 6, 8]
    reasons = dict(refused)
    assert reasons[3].startswith("not JSON")
    assert "object" in reasons[4]
    assert "source" in reasons[5]
    assert "event_id" in reasons[6]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (line("e", increments={"No metric": 1}), "increments.No metric"),
        (line("e", increments={"tests_passed": True}), "increments.tests_passed"),
        (line("e", increments={}), "at least one increment or value"),
        (line("e", values={"average_grade": 101}), "values.average_grade"),
        (line("e", occurred_at="yesterday"), "occurred_at"),
        (line("e", other=1), "other"),
        (line("e", "me"), "user_id: must be a user's id"),
        (line("e", "search"), "user_id: must be a user's id"),
        (line("e", "a b"), "user_id"),
        (line("\udfff"), "lone"),
        (line("e").replace("tests_passed", "\udfff"), "unicode"),
        (line("e").replace('"source"', '"event_id": "f", "source"'), "event_id: appears twice in one object"),
        (line("e").replace("1}", '1, "tests_passed": 2}'), "tests_passed: appears twice in one object"),
        ("[" * 100_000, "JSON"),
        (line("e").replace('"source"', " " * 1_048_576 + '"source"'), "at most 1048576 bytes"),
    ],
)
def test_an_update_that_the_consumer_would_park_is_not_sent(wrong: Any, reason: str) -> None:
    queue = Queue()
    limits = Limits(3650, {})
    sent, ((number, why),) = stat_updates.send([line("a"), wrong, line("b")], "the-queue", queue, limits=limits)
    assert (sent, number) == (2, 2)
    assert reason in why
    assert "\n" not in why


def test_an_update_that_is_too_old_is_not_sent() -> None:
    now = datetime.now(UTC)
    old, young = (line(str(days), occurred_at=(now - timedelta(days)).isoformat()) for days in (31, 29))
    sent, refused = stat_updates.send([old, young], "the-queue", Queue(), limits=Limits(30, {}))
    assert (sent, refused) == (1, [(1, "occurred_at: must not be more than 30 days ago")])


def test_an_update_in_an_unknown_or_archived_metric_is_not_sent() -> None:
    listed = {"metric": "minutes", "kind": "counter", "maximum": 60, "is_built_in": False, "is_active": True}
    old = listed | {"metric": "old", "is_active": False}
    limits = stat_updates.limits(3650, [listed, old, {"metric": "tests_passed", "is_built_in": True}])
    named = ({"minutes": 5}, {"old": 1}, {"kittens": 1}, {"minutes": 61}, {"tests_passed": 1})
    lines = [line(str(number), increments=increments) for number, increments in enumerate(named)]
    sent, refused = stat_updates.send(lines, "the-queue", Queue(), limits=limits)
    assert sent == 2
    assert refused == [
        (2, "increments.old: is an archived metric: nothing more is counted in it"),
        (3, "increments.kittens: is no metric: GET /v1/metrics lists them"),
        (4, "increments.minutes: must be between -1000000 and 60"),
    ]


def test_an_entry_refused_by_the_queue_is_reported_with_its_line_number() -> None:
    sent, refused = stat_updates.send([line("a"), "\n", line("b")], "the-queue", Queue(refuse=["3"]))
    assert (sent, refused) == (1, [(3, "try again")])


def test_a_batch_stays_below_the_size_limit_of_sqs() -> None:
    queue = Queue()
    long = line("e").strip().removesuffix("}") + " " * 400_000 + "}"
    assert stat_updates.send([long] * 5, "the-queue", queue) == (5, [])
    assert [len(batch) for batch in queue.batches] == [2, 2, 1]


def test_an_unreachable_queue_raises_send_error() -> None:
    class Gone:
        def send_message_batch(self, **_: Any) -> None:
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    with pytest.raises(stat_updates.SendError, match="after 0 sent"):
        stat_updates.send([line("a")], "the-queue", Gone())
