"""One run at a time: a second one steps aside, a failed one lets the next one in, a dead one's lease ends."""

import logging
from typing import Any

import pytest

from laurels import keys, storage, table
from laurels.errors import Unavailable
from laurels.leaderboards import service
from laurels.leaderboards.models import BoardQuery
from laurels.paging import Page
from laurels.table import Throttled
from tests.integration.leaderboards.conftest import Calendar
from tests.integration.leaderboards.platform import settle
from tests.integration.recorder import Recorder
from tests.unit.leaderboards.population import Event, Person

pytestmark = pytest.mark.usefixtures("bucket")


class Killed(BaseException):
    """The end of a process, as far as a test can have it."""


def test_a_second_run_at_the_same_time_steps_aside(calendar: Calendar, calls: Recorder) -> None:
    second: list[dict[str, Any]] = []
    calls.meanwhile("query", lambda: second.append(service.compute()))
    assert service.compute()["computed"]
    assert second == [{"computed": False}]


def test_two_runs_that_see_the_lock_free_at_the_same_time_do_not_both_run(calendar: Calendar, calls: Recorder) -> None:
    ran: list[str | None] = []
    calls.meanwhile("put_item", lambda: ran.append(service._lock(calendar.now)))
    ran.append(service._lock(calendar.now))
    assert [name is None for name in ran] == [False, True]


def test_one_run_after_the_other_computes_each_time(calendar: Calendar) -> None:
    versions = {service.compute()["version"] for _ in range(3)}
    assert len(versions) == 3
    assert table.get(keys.boards_lock()) is None


def test_a_run_that_fails_lets_the_next_one_in_at_once(calendar: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise Unavailable

    with monkeypatch.context() as broken:
        broken.setattr(storage, "put", refuse)
        with pytest.raises(Unavailable):
            service.compute()
    assert service.compute()["computed"]


def test_a_run_that_dies_lets_the_next_one_in_when_its_lease_ends(
    calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(service, "_read_standings", die)
        dying.setattr(service, "_release", lambda _: None)
        with pytest.raises(Killed):
            service.compute()

    calendar.passes(minutes=14, seconds=59)
    assert service.compute() == {"computed": False}
    calendar.passes(seconds=2)
    assert service.compute()["computed"]
    assert service.compute()["computed"]


def test_a_run_whose_lease_has_ended_does_not_take_the_lock_from_the_next(
    calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = service._lock(calendar.now)
    calendar.passes(minutes=16)
    assert service._lock(calendar.now) is not None
    assert late is not None
    service._release(late)
    assert service.compute() == {"computed": False}


def test_requests_that_are_carried_out_twice_change_nothing(
    calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when an answer is lost and the request repeated: the second time finds the first one's doing."""
    truly = table._call

    def twice(operation: str, **request: Any) -> dict[str, Any]:
        truly(operation, **request)
        return truly(operation, **request)

    monkeypatch.setattr(table, "_call", twice)
    assert service.compute()["computed"]
    assert service.compute()["computed"]


def test_a_lock_that_cannot_be_given_back_does_not_undo_the_run(
    calendar: Calendar, calls: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    calls.fail("delete_item", Throttled())
    with caplog.at_level(logging.WARNING, logger="laurels"):
        assert service.compute()["computed"]
    assert [record.message for record in caplog.records] == ["The lock of the boards stays until its lease ends."]
    assert service.compute() == {"computed": False}
    calendar.passes(minutes=15, seconds=1)
    assert service.compute()["computed"]


def test_a_run_that_fails_leaves_the_boards_as_they_were(calendar: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    settle([Person("42", events=[Event(calendar.now, None, 5)])], calendar.now)
    service.compute()
    before = service.board("points", BoardQuery(), Page())
    settle([Person("42", events=[Event(calendar.now, None, 6)])], calendar.now)

    truly = storage.put
    for failing in range(20):  # of 18 boards, the summary and the version's own index
        left = iter([True] * failing)

        def put(name: str, *rest: Any, left: Any = left) -> None:
            if not next(left, False):
                raise Unavailable
            truly(name, *rest)

        with monkeypatch.context() as broken:
            broken.setattr(storage, "put", put)
            with pytest.raises(Unavailable):
                service.compute()
        assert service.board("points", BoardQuery(), Page()) == before
    service.compute()
    assert service.board("points", BoardQuery(), Page()).items[0].score == 6


def test_a_run_reads_every_standing_once_and_nothing_else(calendar: Calendar, calls: Recorder) -> None:
    settle([Person(f"user-{number}", events=[Event(calendar.now, None, 5)]) for number in range(100)], calendar.now)
    before = len(calls.made)
    service.compute()
    made = calls.operations()[before:]
    assert sorted(set(made)) == ["delete_item", "get_item", "put_item", "query"]
    assert made.count("query") == keys.STANDING_SHARDS
    assert {name: made.count(name) for name in made if name != "query"} == {
        "get_item": 1,
        "put_item": 1,
        "delete_item": 1,
    }
