"""The state machine computes the same files as the one function, and dies without harm in any of its states."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import pytest

from laurels import clock, keys, storage
from laurels.leaderboards import distributed, lease, service, summarising, versions
from laurels.leaderboards.models import BoardQuery
from laurels.paging import PageQuery
from laurels.standings import marks
from laurels.standings.codec import encode
from laurels.standings.models import Board, Standing
from leaderboards.compute_leaderboards import handler as compute
from local.data.emulator import EmulatorError
from local.template import loader
from tests.integration.conftest import TEMPLATE
from tests.integration.leaderboards.conftest import Calendar
from tests.integration.leaderboards.machine import Machine, running
from tests.integration.leaderboards.platform import READER
from tests.sizes import sized
from tests.unit.leaderboards.learners import PARTITIONS, in_force, learners
from tests.unit.leaderboards.shelf import Shelf, shelf

__all__ = ["shelf"]

STEPS = ("RankPartition", "PlanRanges", "MergeRange", "JoinBoard", "PublishBoards")


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Machine]]:
    application = loader.load(TEMPLATE, {"BoardsEngine": "distributed"})
    log = tmp_path_factory.mktemp("ministack") / "log"
    with ExitStack() as ended:
        try:
            found = ended.enter_context(running(application, log))
        except EmulatorError as reason:
            pytest.skip(f"The state machine does NOT run: MiniStack, its interpreter, is not there: {reason}")
        yield found


@pytest.fixture
def machine(started: tuple[str, Machine], shelf: Shelf, calendar: Calendar, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Small segments and ranges, so that few users make many; three partitions, so that runs are short."""
    url, machine = started
    monkeypatch.setenv("BUCKET_NAME", "laurels")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STATES", url)
    for name, number in (("SEGMENT", 3), ("SAMPLED", 2), ("RANGE", 7)):
        monkeypatch.setattr(distributed, name, number)
    monkeypatch.setattr(keys, "STANDING_SHARDS", PARTITIONS)
    monkeypatch.setattr(summarising, "STREAKS_LISTED", 3)
    shelf.in_force = in_force()
    machine.called.clear()
    machine.dies_in, machine.calls_each = None, 1
    return machine


def run(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Have the schedule's function start the state machine, and wait for its end."""
    monkeypatch.setenv("BOARDS_MACHINE_ARN", machine.arn)
    monkeypatch.setenv("DISTRIBUTED_FROM", "0")
    started = compute({}, None)
    assert started.keys() == {"computed", "started"}
    monkeypatch.setenv("BOARDS_MACHINE_ARN", "")
    return machine.wait(started["started"])


def boards_in(shelf: Shelf) -> dict[str, bytes]:
    """Return what readers see of all versions: without the runs, and the lists of them."""
    return {name: body for name, body in shelf.objects.items() if "runs" not in name.split("/")}


@pytest.mark.parametrize("seed", range(sized(2, 50)))
def test_the_state_machine_writes_the_same_files_as_the_function(
    seed: int, machine: Machine, shelf: Shelf, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.standings = learners(seed, calendar.now, None if seed else 40)
    machine.calls_each = 1 + seed % 2  # as when a response is lost and the task is repeated
    monkeypatch.setattr(versions, "uuid4", lambda: UUID(int=seed + 1 << 96))
    assert compute({}, None)["computed"]
    wanted, shelf.objects = shelf.objects, {}
    done = run(machine, monkeypatch)
    assert done["status"] == "SUCCEEDED", done
    assert boards_in(shelf) == wanted
    assert len(wanted) == 3 * (len(Board) + 1) + 1 + 3
    assert json.loads(done["output"]) == {
        "version": json.loads(wanted["boards/current.json"])["version"],
        "users": json.loads(wanted["boards/current.json"])["users"],
    }


def test_many_segments_and_ranges_are_merged(
    machine: Machine, shelf: Shelf, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the comparison above shows little."""
    shelf.standings = learners(0, calendar.now, 40)
    seen: list[str] = []

    def put(name: str, *rest: Any) -> None:
        seen.append(name)
        shelf.put(name, *rest)

    monkeypatch.setattr(storage, "put", put)
    assert run(machine, monkeypatch)["status"] == "SUCCEEDED"
    work = {name.rpartition("/")[2] for name in seen if "/work/" in name or "/runs/" in name}
    assert len([name for name in work if name.startswith("points-all_time.") and name.endswith(".hashes")]) > 2
    assert len([name for name in work if name[:3] in ("00-", "01-", "02-") and name.endswith(".json")]) > 9
    assert [machine.called.count(step) for step in STEPS] == [PARTITIONS, 1, machine.called.count("MergeRange"), 22, 1]


@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_dies_in_any_state_leaves_the_last_version_and_the_next_run_succeeds(
    step: str, machine: Machine, shelf: Shelf, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.standings = learners(7, calendar.now, 12)
    compute({}, None)
    first = shelf.objects.copy()
    before = service.board("points", BoardQuery(), PageQuery(), READER)
    calendar.passes(minutes=15)
    shelf.standings = learners(8, calendar.now, 12)
    machine.dies_in = step, 0 if step in ("PlanRanges", "PublishBoards") else 2
    assert run(machine, monkeypatch)["status"] == "FAILED"
    assert machine.called.count(step) >= 3, "a step that fails is repeated twice"
    assert service.board("points", BoardQuery(), PageQuery(), READER) == before
    assert {name: shelf.objects[name] for name in first} == first
    calendar.passes(seconds=lease.LEASE_SECONDS - 1)
    assert compute({}, None) == {"computed": False}
    calendar.passes(seconds=31)
    machine.dies_in = None
    assert run(machine, monkeypatch)["status"] == "SUCCEEDED"
    index = json.loads(shelf.objects["boards/current.json"])
    assert {name.split("/")[1] for name in shelf.objects} == {*index["kept"], "current.json", "runs"}
    assert len(index["kept"]) == 2
    assert {name.split("/")[2] for name in shelf.names(keys.boards_runs())} == {index["version"]}
    assert not [name for name in shelf.objects if "/work/" in name]
    assert service.board("points", BoardQuery(), PageQuery(), READER).as_of == calendar.now


def test_a_run_ranks_only_the_partitions_that_have_changed(
    machine: Machine, shelf: Shelf, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.standings = learners(3, calendar.now, 12)
    monkeypatch.setattr(marks, "_marked", {})
    # At first there are no runs. A mark runs five minutes ahead, so the partition is read twice. At last none is.
    for is_marked, ranked in ((False, PARTITIONS), (True, 1), (False, 1), (False, 0)):
        machine.called.clear()
        calendar.passes(minutes=15)
        marks.mark([(keys.standing_shard(1, "a"), clock.now_ms() - 60_000)] * is_marked)
        assert run(machine, monkeypatch)["status"] == "SUCCEEDED"
        assert machine.called.count("RankPartition") == ranked
        assert service.board("points", BoardQuery(), PageQuery(), READER).as_of == calendar.now


def test_fewer_users_than_the_parameter_says_are_ranked_by_the_function(
    machine: Machine, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.standings = [encode(Standing(f"user-{number}")) for number in range(10)]
    monkeypatch.setenv("BOARDS_MACHINE_ARN", machine.arn)
    monkeypatch.setenv("DISTRIBUTED_FROM", "10")
    assert compute({}, None)["users"] == 10  # nothing is known of users before the first version
    assert machine.wait(compute({}, None)["started"])["status"] == "SUCCEEDED"
    monkeypatch.setenv("DISTRIBUTED_FROM", "11")
    assert compute({}, None)["computed"]
