"""An event counts once, however often, in whatever order and by however many consumers it is processed."""

import random
from collections import Counter as Tally
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from laurels import telemetry
from laurels.standings import service as standings
from laurels.standings.models import Counter
from tests.integration.conftest import Queues
from tests.integration.recorder import Recorder
from tests.integration.stats.deliveries import deliver, records, update


@pytest.fixture
def _threads_instead_of_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """In Lambda each invocation has its process to itself; Powertools' metrics are not made for threads."""
    monkeypatch.setattr(telemetry, "count", lambda *_: None)
    monkeypatch.setattr(telemetry, "flush", lambda: None)


def homeworks(user_id: str = "42") -> int:
    return standings.get(user_id).counters[Counter.HOMEWORKS_COMPLETED]


@pytest.mark.usefixtures("_threads_instead_of_processes")
def test_a_thousand_deliveries_of_one_event_among_others_count_once(queues: Queues) -> None:
    generator = random.Random(64)
    of_the_user = [update(f"event-{number}", ago=timedelta(hours=number)) for number in range(60)]
    of_others = [update(f"event-{number % 7}", f"user-{number % 40}") for number in range(280)]
    sent = [*[update("hw-1")] * 1000, *of_the_user, *of_the_user, *of_others]
    generator.shuffle(sent)
    batches = [records(sent[start : start + 10]) for start in range(0, len(sent), 10)]

    with ThreadPoolExecutor(4) as pool:
        failed = list(pool.map(deliver, batches))

    assert failed == [[]] * len(batches)
    assert homeworks() == 1 + 60
    assert {homeworks(f"user-{number}") for number in range(40)} == {7}
    assert len(standings.get("42").events) == 61


@pytest.mark.usefixtures("_threads_instead_of_processes")
def test_batches_of_one_user_at_the_same_moment_are_all_counted(queues: Queues) -> None:
    writers = 6
    start = Barrier(writers)
    batches = [records([update(f"{writer}-{number}") for number in range(5)]) for writer in range(writers)]

    def at_once(batch: list[dict[str, Any]]) -> list[str]:
        start.wait()
        return deliver(batch)

    with ThreadPoolExecutor(writers) as pool:
        assert list(pool.map(at_once, batches)) == [[]] * writers
    assert homeworks() == 5 * writers


def test_another_writer_in_between_is_not_overwritten(queues: Queues, calls: Recorder) -> None:
    deliver(records([update("first")]))

    def somebody_else() -> None:
        deliver(records([update("second")]))

    calls.meanwhile("put_item", somebody_else)
    assert deliver(records([update("third")])) == []
    assert homeworks() == 3


def test_two_first_updates_of_a_user_at_once_both_count(queues: Queues, calls: Recorder) -> None:
    calls.meanwhile("put_item", lambda: deliver(records([update("first")])))
    assert deliver(records([update("second")])) == []
    assert homeworks() == 2


def test_a_duplicate_event_in_a_batch_counts_once(queues: Queues) -> None:
    deliver(records([update("same"), update("same"), update("other"), update("same")]))
    assert homeworks() == 2


def test_the_same_event_id_of_two_users_is_two_events(queues: Queues) -> None:
    deliver(records([update("same", "1"), update("same", "2")]))
    assert (homeworks("1"), homeworks("2")) == (1, 1)


def test_the_65th_event_pushes_the_first_out(queues: Queues) -> None:
    """As far as the promise reaches: within the last 64 events of the user."""
    sent = records([update(f"event-{number}") for number in range(65)])
    for start in range(0, 65, 10):
        deliver(sent[start : start + 10])
    deliver(sent[1:11])
    assert homeworks() == 65
    deliver(sent[:1])
    assert homeworks() == 66


def test_a_batch_is_one_read_and_one_write_of_one_unit_per_user(queues: Queues, calls: Recorder) -> None:
    deliver(records([update("first")]))  # this process holds the criteria now
    calls.made.clear()
    users = ["1", "2", "3"]
    deliver(records([update(f"event-{number}", users[number % 3]) for number in range(10)]))
    assert Tally(calls.operations()) == {"batch_get_item": 3, "put_item": 3}
    assert calls.write_units() == 3.0


def test_reading_a_standing_costs_half_a_unit(queues: Queues, calls: Recorder) -> None:
    deliver(records([update("first")]))
    before = calls.read_units()
    deliver(records([update("second")]))
    assert calls.read_units() - before == 0.5


def test_a_batch_of_duplicates_writes_nothing(queues: Queues, calls: Recorder) -> None:
    sent = records([update(f"event-{number}") for number in range(10)])
    deliver(sent)
    before = len(calls.made)
    deliver(sent)
    assert calls.operations()[before:] == ["batch_get_item"]


def test_updates_of_a_user_are_applied_in_their_order(queues: Queues) -> None:
    """From 0 down and then up is 3; up and then down is 0."""
    down = update("a", increments={"homeworks_completed": -5})
    up = update("b", increments={"homeworks_completed": 3})
    deliver(records([down, update("x", "other"), up]))
    assert homeworks() == 3
    deliver(records([{**up, "event_id": "c"}, {**down, "event_id": "d"}]))
    assert homeworks() == 1
