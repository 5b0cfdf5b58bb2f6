"""Runs that keep what nothing has changed write the same boards as runs that read everything."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events.publish_events import handler as publish_events
from laurels import clock, keys
from laurels.leaderboards import incremental, lease
from laurels.standings import freezes, marks
from laurels.standings import rules as standings_rules
from laurels.standings.codec import decode, encode
from laurels.standings.models import Counter, Listing
from tests.sizes import sized
from tests.unit.leaderboards.learners import PARTITIONS, in_force, learners
from tests.unit.leaderboards.shelf import Shelf, shelf
from tests.unit.leaderboards.steps import STEPS, Item, Killed, Steps, numbered_versions, records, steps

__all__ = ["shelf"]

QUARTER = timedelta(minutes=15)
DAY = 24 * 3600 * 1000


class Platform:
    """A platform with a clock. `items` are its standings; `mark` has the stream's function see a change."""

    def __init__(self, steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = datetime(2026, 11, 20, 10, 22, 5, tzinfo=UTC)
        self.steps, self.shelf = steps, steps.shelf
        monkeypatch.setattr(clock, "now", lambda: self.now)

    def settle(self, seed: int, size: int | None = None) -> None:
        self.shelf.standings = learners(seed, self.now, size)

    def become(self, items: list[Item]) -> list[Item]:
        """Change the standings. Return what the stream says of it."""
        found = list(records(self.shelf.standings, items, clock.epoch_ms(self.now)))
        self.shelf.standings = items
        return found

    def mark(self, found: list[Item]) -> None:
        assert publish_events({"Records": found}, None) == {"batchItemFailures": []}

    def run(self, after: timedelta = QUARTER) -> list[int]:
        """Compute the boards. Return the partitions that were read."""
        self.now += after
        self.steps.run()
        return self.steps.read

    def newest(self) -> dict[str, bytes]:
        """Return the boards of the newest version, without its index, which names the versions before."""
        boards = keys.boards_file(versions_of(self)[-1])
        found = {name: body for name, body in self.steps.boards().items() if name.startswith(boards)}
        return {name: body for name, body in found.items() if not name.endswith("/index")}

    def full(self) -> dict[str, bytes]:
        """Return what `newest` would be if the last run had read everything."""
        objects, self.shelf.objects = self.shelf.objects, {}
        self.steps.run()
        found, self.shelf.objects = self.newest(), objects
        return found


@pytest.fixture
def platform(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Platform:
    numbered_versions(monkeypatch)
    return Platform(steps(shelf, monkeypatch), monkeypatch)


def changed(item: Item, draw: random.Random, now: datetime) -> Item:
    """Return a standing to which something has happened."""
    standing, at = decode(item), clock.epoch_ms(now - draw.choice([0, 1, 2, 20]) * timedelta(days=1))
    match draw.randrange(4):
        case 0:
            standings_rules.earn(standing, draw.randrange(1, 4), at, clock.epoch_ms(now))
        case 1:
            freezes.grant(standing, 1, at)
        case 2:
            standing.listing = draw.choice([*Listing])
        case _:
            standings_rules.count(standing, Counter.TESTS_PASSED, 1, at, clock.epoch_ms(now))
    return encode(standing) | {"PK": item["PK"]}


def some_changes(items: list[Item], draw: random.Random, now: datetime) -> list[Item]:
    """Return standings of which a few have changed, vanished or come."""
    found = [changed(item, draw, now) if draw.random() < 0.1 else item for item in items if draw.random() > 0.02]
    if draw.random() < 0.2:
        found += [
            item for item in learners(draw.randrange(10**6), now, 2) if item["SK"] not in {x["SK"] for x in found}
        ]
    return sorted(found, key=lambda item: item["SK"])


def death(draw: random.Random) -> Callable[[str, str], bool]:
    """Choose a step, which often dies."""
    dies = draw.choice(STEPS).__name__.rpartition(".")[2], draw.choice(["before", "after"])
    return lambda step, when: (step, when) == dies and draw.random() < 0.5


@pytest.mark.parametrize("seed", range(sized(2, 50)))
def test_any_history_of_changes_gives_the_boards_of_full_reads(seed: int, platform: Platform) -> None:
    draw, machine, shelf = random.Random(seed), platform.steps, platform.shelf
    platform.settle(seed, draw.randrange(40))
    kept = read = 0
    for _ in range(6):
        if draw.random() < 0.7:
            platform.mark(platform.become(some_changes(shelf.standings, draw, platform.now)))
        platform.now += draw.choice([QUARTER] * 5 + [timedelta(hours=3), timedelta(hours=14), timedelta(days=3)])
        if draw.random() < 0.3:  # a run dies somewhere
            machine.dies = death(draw)
            try:
                machine.run()
            except Killed:
                platform.now += QUARTER
            machine.dies = lambda _step, _when: False
            platform.now += QUARTER
        machine.calls_each = draw.choice([1, 1, 2])
        before, rows = shelf.objects.copy(), shelf.boards.copy()
        machine.published = set()
        machine.run()
        kept, read = kept + len(machine.started["kept"]), read + len(machine.read)
        found, told, objects, after = machine.boards(), machine.published, shelf.objects, shelf.boards
        shelf.objects = {name: body for name, body in before.items() if not name.endswith("/runs")}
        shelf.boards, machine.published = rows, set()
        machine.run()
        assert machine.read == [*range(PARTITIONS)], "it knows no runs, so it reads all"
        assert found == machine.boards()
        assert told == machine.published
        shelf.objects, shelf.boards = objects, after
    assert kept + read == 6 * PARTITIONS
    assert "BoardsRepaired" not in machine.counted
    assert machine.counted.get("BoardsPartitionsKept", 0) >= kept


def test_partitions_without_a_change_are_not_read(platform: Platform) -> None:
    platform.settle(1, 30)
    assert platform.run() == [0, 1, 2]
    assert platform.run() == []
    item = next(item for item in platform.shelf.standings if item["PK"].endswith("01"))
    platform.mark(platform.become([each for each in platform.shelf.standings if each is not item]))
    assert platform.run() == [1]
    assert platform.newest() != {}
    assert platform.run() == []


def test_a_change_that_the_stream_delivers_late_is_read_as_soon_as_it_is_known(platform: Platform) -> None:
    platform.settle(1, 30)
    platform.run()
    late = platform.become([item for item in platform.shelf.standings if not item["PK"].endswith("02")])
    assert platform.run() == []
    assert platform.run() == []
    platform.mark(late)
    assert platform.run() == [2]
    assert platform.run() == []
    assert "BoardsRepaired" not in platform.steps.counted


def test_a_change_while_a_run_reads_is_read_again(platform: Platform) -> None:
    """It may be on the boards already, or not."""
    platform.settle(1, 30)
    platform.run()
    platform.now += QUARTER
    platform.steps.run(steps=False)
    platform.now += timedelta(seconds=20)
    found = platform.become([item for item in platform.shelf.standings if not item["PK"].endswith("02")])
    platform.steps.execute()
    platform.mark(found)
    assert platform.run() == [2]


def _another_day(platform: Platform, _: pytest.MonkeyPatch) -> None:
    platform.now += timedelta(hours=14)


def _another_metric(platform: Platform, _: pytest.MonkeyPatch) -> None:
    platform.shelf.in_force = in_force(pages={"kind": "counter", "board": True, "is_active": True})


def _another_default(_: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEFAULT_LISTING", "hidden")


def _another_table(_: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TABLE_NAME", "restored")


def _another_format(_: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incremental, "FORMAT", 0)


def _a_version_by_the_function(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTRIBUTED_FROM", "1000000")
    platform.now += QUARTER
    assert platform.steps.compute()["computed"]
    assert not platform.shelf.names(keys.boards_runs()), "nothing refers to them any more"
    monkeypatch.setenv("DISTRIBUTED_FROM", "0")


@pytest.mark.parametrize(
    "change",
    [_another_day, _another_metric, _another_default, _another_table, _another_format, _a_version_by_the_function],
)
def test_all_partitions_are_read_if_their_runs_may_not_fit(
    change: Any, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.settle(1, 30)
    platform.run()
    assert platform.run() == []
    change(platform, monkeypatch)
    assert platform.run() == [0, 1, 2]
    assert platform.newest() == platform.full()
    assert platform.run() == []


@pytest.mark.parametrize("ending", ["", ".json"])
def test_a_partition_whose_runs_are_missing_is_read(ending: str, platform: Platform) -> None:
    platform.settle(1, 30)
    platform.run()
    wanted = {name.rpartition("/")[2] for name in platform.shelf.names(keys.boards_runs())}
    platform.shelf.delete([name for name in platform.shelf.names(keys.boards_runs()) if name.endswith(f"01-1{ending}")])
    assert platform.run() == [1]
    assert {name.rpartition("/")[2] for name in platform.shelf.names(keys.boards_runs())} == wanted


def at_risk(platform: Platform, partition: int, zone: str) -> None:
    """Give a user of a partition a streak that ends today at midnight in their zone."""
    chosen = next(item for item in platform.shelf.standings if item["PK"].endswith(f"{partition:02d}"))
    standing = decode(chosen)
    standing.timezone, now = zone, clock.epoch_ms(platform.now)
    standings_rules.count(standing, Counter.TESTS_PASSED, 1, now - DAY, now)
    platform.shelf.standings = [
        encode(standing) | {"PK": item["PK"]} if item is chosen else item for item in platform.shelf.standings
    ]


def _quiet(platform: Platform) -> None:
    """Settle learners of whom nobody was active in the last days."""
    platform.now -= timedelta(days=60)
    platform.settle(1, 30)
    platform.now += timedelta(days=60)


def test_a_partition_is_read_when_the_evening_of_a_streak_at_risk_comes(platform: Platform) -> None:
    _quiet(platform)
    at_risk(platform, 1, "Europe/Berlin")
    platform.now = platform.now.replace(hour=18, minute=30)
    assert platform.run() == [0, 1, 2]
    assert platform.steps.published == set()
    assert platform.run() == [1]  # 19:00 in UTC
    assert len(platform.steps.published) == 1
    assert platform.run() == []


def test_a_partition_whose_reminders_were_not_published_is_read_again(platform: Platform) -> None:
    _quiet(platform)
    at_risk(platform, 1, "Europe/Berlin")
    platform.now = platform.now.replace(hour=18, minute=30)
    platform.run()
    platform.steps.refuses = True
    assert platform.run() == [1]
    assert platform.run() == [1]
    platform.steps.refuses = False
    assert platform.run() == [1]
    assert len(platform.steps.published) == 1
    assert platform.run() == []


def test_a_lost_mark_is_repaired_by_the_read_of_the_next_day_and_counted_once(platform: Platform) -> None:
    platform.settle(1, 30)
    platform.run()
    platform.become([item for item in platform.shelf.standings if not item["PK"].endswith("02")])
    assert platform.run() == []
    assert platform.newest() != platform.full()
    assert platform.run(timedelta(hours=14)) == [0, 1, 2]
    assert platform.newest() == platform.full()
    assert "BoardsRepaired" not in platform.steps.counted  # its mark may only be late
    assert platform.run() == []
    assert platform.run() == []
    assert platform.steps.counted["BoardsRepaired"] == 1


def test_a_late_mark_explains_what_a_full_read_has_found(platform: Platform) -> None:
    platform.settle(1, 30)
    platform.run()
    platform.now = platform.now.replace(hour=23, minute=30)
    platform.run()
    late = platform.become([item for item in platform.shelf.standings if not item["PK"].endswith("02")])
    platform.now += timedelta(minutes=5)
    assert platform.run() == [0, 1, 2]  # another day
    platform.mark(late)
    platform.run()
    assert "BoardsRepaired" not in platform.steps.counted


def test_a_new_week_and_month_are_no_repair(platform: Platform) -> None:
    platform.settle(1, 40)
    for day in ("20", "22", "23", "24", "30"):  # the 23rd and the 30th are Mondays
        platform.now = datetime.fromisoformat(f"2026-11-{day}T10:22:05+00:00")
        platform.run()
    platform.run(timedelta(days=1))
    assert platform.run() == []
    assert platform.newest() == platform.full()
    assert "BoardsRepaired" not in platform.steps.counted


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", [step.__name__.rpartition(".")[2] for step in STEPS])
def test_a_run_that_is_killed_leaves_the_runs_of_the_last_version(step: str, when: str, platform: Platform) -> None:
    platform.settle(1, 30)
    platform.run()
    first = platform.shelf.objects.copy()
    platform.mark(platform.become([item for item in platform.shelf.standings if not item["PK"].endswith("02")]))
    platform.now += QUARTER
    platform.steps.dies = lambda name, at: (name, at) == (step, when)
    with pytest.raises(Killed):
        platform.steps.run()
    published = (step, when) == ("publish_boards", "after")
    if not published:
        assert {name: platform.shelf.objects[name] for name in first} == first
    platform.steps.dies = lambda _step, _when: False
    assert platform.run(timedelta(seconds=lease.LEASE_SECONDS + 1)) == ([] if published else [2])
    assert platform.newest() == platform.full()
    listed = {name for each in incremental._read(versions_of(platform)[-1]) for name in incremental._objects(each)}
    assert {*platform.shelf.names(keys.boards_runs())} == listed


def versions_of(platform: Platform) -> list[str]:
    kept: list[str] = json.loads(platform.shelf.objects[keys.boards_current()])["kept"]
    return kept


def test_runs_of_a_newer_version_are_not_removed(platform: Platform) -> None:
    """As by an execution that is late, while the next one is writing."""
    platform.settle(1, 30)
    platform.run()
    newer = incremental.run_name(f"{clock.now_ms() + 1:013d}-0", 0, 1)
    platform.shelf.put(newer, b"")
    incremental.remove_others(versions_of(platform)[-1])
    assert newer in platform.shelf.objects


def test_marks_are_written_only_if_the_state_machine_computes(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.settle(1, 30)
    monkeypatch.setenv("MARK_CHANGES", "false")
    platform.mark(platform.become([]))
    assert marks.read() == {}
