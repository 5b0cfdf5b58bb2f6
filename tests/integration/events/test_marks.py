"""Marks of partitions whose standings have changed, by the stream's function."""

from typing import Any

import pytest

from events.publish_events import handler
from laurels import keys
from laurels.standings import marks
from laurels.standings.codec import encode
from laurels.standings.models import Standing
from laurels.table import Throttled, UnknownOutcome
from tests.bridge import Bridge
from tests.integration.events.test_publishing import award, record
from tests.integration.recorder import Recorder, for_each

AT = 1795198925.0  # seconds, when most changes are made
UNTIL = 1795198925_000 + marks.AHEAD


@pytest.fixture(autouse=True)
def _marking(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARK_CHANGES", "true")


def change(partition: int, at: float = AT, *, removed: bool = False) -> dict[str, Any]:
    item = encode(Standing("ada")) | keys.standing_shard(partition, "ada")._asdict()
    return record(partition, item if removed else None, None if removed else item, at)


def see(*found: dict[str, Any]) -> None:
    assert handler({"Records": list(found)}, None) == {"batchItemFailures": []}


def another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "_marked", {})


def test_a_change_and_a_removal_mark_their_partitions_and_other_items_none() -> None:
    see(change(7), change(63, removed=True), record(1, None, award("42", "first"), AT))
    assert marks.read() == {7: UNTIL, 63: UNTIL}


def test_a_process_marks_a_partition_once_in_five_minutes(calls: Recorder) -> None:
    see(*(change(7, AT + second) for second in range(20)))
    see(*(change(7, AT + second) for second in range(300)))
    assert calls.operations().count("put_item") == 1
    see(change(7, AT + 400))
    assert calls.operations().count("put_item") == 2
    assert marks.read() == {7: UNTIL + 400_000}


def test_a_mark_never_becomes_earlier(calls: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    see(change(7))
    another_process(monkeypatch)
    see(change(7, AT - 3600))
    assert marks.read() == {7: UNTIL}
    see(change(7, AT - 10))  # it has learnt the mark of the other
    assert calls.operations().count("put_item") == 2


@for_each(Throttled(), UnknownOutcome())
def test_a_batch_whose_marks_fail_is_delivered_again(error: Exception, calls: Recorder, bridge: Bridge) -> None:
    calls.fail("put_item", error)
    with pytest.raises(type(error)):
        see(change(7))
    assert bridge.events == []
    see(change(7))
    assert marks.read() == {7: UNTIL}


def test_a_mark_whose_response_is_lost_is_found_by_the_retry(calls: Recorder) -> None:
    calls.fail("put_item", UnknownOutcome(), after=True)
    with pytest.raises(UnknownOutcome):
        see(change(7))
    see(change(7))
    assert marks.read() == {7: UNTIL}


def test_a_partition_is_marked_since_a_reading_with_a_margin_for_clocks() -> None:
    assert marks.is_marked({7: UNTIL}, 7, UNTIL + marks.MARGIN)
    assert not marks.is_marked({7: UNTIL}, 7, UNTIL + marks.MARGIN + 1)
    assert not marks.is_marked({7: UNTIL}, 8, 0 + marks.MARGIN + 1)


def test_nothing_is_marked_if_one_function_computes_the_boards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARK_CHANGES", "false")
    see(change(7))
    assert marks.read() == {}
