"""One run at a time: a second run ends at once, the next run follows a failed one, and a dead run's lease expires."""

import json
import logging
from typing import Any

import boto3
import pytest

from laurels import clock, keys, storage, table, telemetry
from laurels.errors import Unavailable
from laurels.leaderboards import computing, lease, service, summarising, versions
from laurels.leaderboards.lease import Lease
from laurels.leaderboards.models import BoardQuery
from laurels.paging import PageQuery
from laurels.table import Throttled
from local.template.application import Application
from tests.integration.leaderboards.conftest import Calendar
from tests.integration.leaderboards.platform import READER, settle
from tests.integration.recorder import Recorder
from tests.unit.leaderboards.population import Event, Person

pytestmark = pytest.mark.usefixtures("bucket")


class Killed(BaseException):
    """The end of a process, as far as a test can have it."""


def test_a_second_run_at_the_same_time_steps_aside(calendar: Calendar, calls: Recorder) -> None:
    second: list[dict[str, Any]] = []
    calls.meanwhile("query", lambda: second.append(computing.compute()))
    assert computing.compute()["computed"]
    assert second == [{"computed": False}]


def test_two_runs_that_see_the_lock_free_at_the_same_time_do_not_both_run(calendar: Calendar, calls: Recorder) -> None:
    ran: list[Lease | None] = []
    calls.meanwhile("put_item", lambda: ran.append(lease.take("first", clock.epoch_ms(calendar.now))))
    ran.append(lease.take("second", clock.epoch_ms(calendar.now)))
    assert [each is None for each in ran] == [False, True]


def test_one_run_after_the_other_computes_each_time(calendar: Calendar) -> None:
    made = {computing.compute()["version"] for _ in range(3)}
    assert len(made) == 3
    assert table.get(keys.boards_lock()) is None


def test_a_run_that_fails_lets_the_next_one_in_at_once(calendar: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise Unavailable

    with monkeypatch.context() as broken:
        broken.setattr(storage, "put", refuse)
        with pytest.raises(Unavailable):
            computing.compute()
    assert computing.compute()["computed"]


def kill(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    """A run that dies when it gets there: nothing after that happens, no cleaning up either."""

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(module, name, die)
        with pytest.raises(Killed):
            computing.compute()


def test_a_run_that_dies_lets_the_next_one_in_when_its_lease_ends(
    calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill(monkeypatch, computing, "_read_standings")
    calendar.passes(seconds=lease.LEASE_SECONDS - 1)
    assert computing.compute() == {"computed": False}
    calendar.passes(seconds=2)
    assert computing.compute()["computed"]
    assert computing.compute()["computed"]


def test_a_lease_outlives_the_function_and_ends_before_the_next_run(application: Application) -> None:
    (schedule,) = (each for each in application.schedules.values() if each.function == "ComputeLeaderboards")
    assert schedule.expression == "rate(15 minutes)"
    assert application.functions["ComputeLeaderboards"].timeout < lease.LEASE_SECONDS < 15 * 60


def versions_in(bucket: str, moto_server: str) -> set[str]:
    found = boto3.client("s3", endpoint_url=moto_server).list_objects_v2(Bucket=bucket).get("Contents", [])
    return {each["Key"].split("/")[1] for each in found} - {"current.json"}


@pytest.mark.parametrize(
    ("module", "name"),
    [(computing, "_read_standings"), (summarising, "summarise"), (versions, "remove"), (lease, "finish")],
    ids=["reading", "writing", "before the pointer moved", "after the pointer moved"],
)
def test_the_next_run_deletes_the_files_of_dead_runs(
    module: Any, name: str, bucket: str, moto_server: str, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(versions.VERSIONS_KEPT):
        computing.compute()
    for _ in range(3):
        kill(monkeypatch, module, name)
        calendar.passes(minutes=15)
        assert service.board("points", BoardQuery(), PageQuery(), READER).as_of is not None
    assert computing.compute()["computed"]
    current = storage.get(keys.boards_current())
    assert current is not None
    kept = json.loads(current)["kept"]
    assert len(kept) == versions.VERSIONS_KEPT
    assert versions_in(bucket, moto_server) == set(kept)
    assert table.get(keys.boards_lock()) is None


def test_the_next_run_deletes_the_files_of_failed_runs(
    bucket: str, moto_server: str, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise Unavailable

    for _ in range(2):
        with monkeypatch.context() as broken:
            # Only the writing of JSON files fails.
            broken.setattr(versions, "put_json", refuse)
            with pytest.raises(Unavailable):
                computing.compute()
    assert len(versions_in(bucket, moto_server)) == 2
    version = computing.compute()["version"]
    assert versions_in(bucket, moto_server) == {version}


def test_a_run_whose_lease_has_ended_does_not_take_the_lock_from_the_next(calendar: Calendar) -> None:
    late = lease.take("late", clock.epoch_ms(calendar.now))
    calendar.passes(minutes=16)
    assert lease.take("next", clock.epoch_ms(calendar.now)) == Lease("next", ["late"])
    assert late is not None
    lease.finish(late)
    lease.abandon(late, clock.epoch_ms(calendar.now))
    assert computing.compute() == {"computed": False}


def test_a_run_counts_its_seconds_read_units_and_the_boards_age(
    calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    actual: dict[str, float] = {}
    monkeypatch.setattr(telemetry, "count", lambda name, amount, *_: actual.update({name: amount}))
    settle([Person(f"user-{number}", events=[Event(calendar.now, None, 5)]) for number in range(100)], calendar.now)
    computing.compute()
    assert actual.keys() == {"BoardsSeconds", "BoardsReadUnits"}
    assert 100 / 8 <= actual["BoardsReadUnits"] <= keys.STANDING_SHARDS
    calendar.passes(minutes=15)
    kill(monkeypatch, computing, "_write")
    assert actual["BoardsAge"] == 900


def test_requests_that_are_carried_out_twice_change_nothing(
    calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when an answer is lost and the request repeated: the second time finds the first one's doing."""
    truly = table._call

    def twice(operation: str, **request: Any) -> dict[str, Any]:
        truly(operation, **request)
        return truly(operation, **request)

    # Private, to repeat each request below the retries, as a client that lost a response does.
    monkeypatch.setattr(table, "_call", twice)
    assert computing.compute()["computed"]
    assert computing.compute()["computed"]


def test_a_lock_that_cannot_be_given_back_does_not_undo_the_run(
    calendar: Calendar, calls: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    calls.fail("delete_item", Throttled())
    with caplog.at_level(logging.WARNING, logger="laurels"):
        assert computing.compute()["computed"]
    assert [record.message for record in caplog.records] == ["The lock of the boards stays until its lease expires."]
    assert computing.compute() == {"computed": False}
    calendar.passes(minutes=15, seconds=1)
    assert computing.compute()["computed"]


def test_a_run_that_fails_leaves_the_boards_as_they_were(calendar: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    settle([Person("42", events=[Event(calendar.now, None, 5)])], calendar.now)
    computing.compute()
    before = service.board("points", BoardQuery(), PageQuery(), READER)
    settle([Person("42", events=[Event(calendar.now, None, 6)])], calendar.now)

    truly = storage.put
    for failing in (0, 9, 17, 18, 19, 20):  # of 18 boards, the summary, the version's own index and the current one
        left = iter([True] * failing)

        def put(name: str, *rest: Any, left: Any = left) -> None:
            if not next(left, False):
                raise Unavailable
            truly(name, *rest)

        with monkeypatch.context() as broken:
            broken.setattr(storage, "put", put)
            with pytest.raises(Unavailable):
                computing.compute()
        assert service.board("points", BoardQuery(), PageQuery(), READER) == before
    computing.compute()
    assert service.board("points", BoardQuery(), PageQuery(), READER).items[0].score == 6


def test_a_run_reads_every_standing_once_and_own_metrics(calendar: Calendar, calls: Recorder) -> None:
    settle([Person(f"user-{number}", events=[Event(calendar.now, None, 5)]) for number in range(100)], calendar.now)
    before = len(calls.made)
    computing.compute()
    made = calls.operations()[before:]
    assert sorted(set(made)) == ["batch_get_item", "delete_item", "get_item", "put_item", "query"]
    assert made.count("query") == keys.STANDING_SHARDS
    assert {name: made.count(name) for name in made if name != "query"} == {
        "batch_get_item": 1,  # which own metrics have boards
        "get_item": 1,
        "put_item": 1,
        "delete_item": 1,
    }
