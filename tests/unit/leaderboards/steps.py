"""The state machine without an interpreter: its steps in order, each with JSON and for JSON."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest

from laurels import bus, executions, keys, telemetry
from laurels.attribute_values import pack_item
from laurels.leaderboards import distributed, summarising, versions
from laurels.standings import marks
from leaderboards import compute_leaderboards, join_board, merge_range, plan_ranges, publish_boards, rank_partition
from tests.unit.leaderboards.learners import PARTITIONS, in_force
from tests.unit.leaderboards.shelf import Shelf

STEPS = (rank_partition, plan_ranges, merge_range, join_board, publish_boards)
Item = dict[str, Any]


class Killed(Exception):
    """A step was killed."""


class Steps:
    """A platform whose boards the state machine computes. `dies` says whether a step dies now, and is asked before and
    after each; `calls_each`: how often each step is called; `started`: the input of the last execution; `counted`:
    what was counted by metric; `published`: the ids of the events; `put`: the objects that were written."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.started: dict[str, Any] = {}
        self.counted: dict[str, float] = {}
        self.published: set[str] = set()
        self.refuses = False  # whether the bus takes no events
        self.dies: Callable[[str, str], bool] = lambda _step, _when: False
        self.calls_each = 1

    @property
    def read(self) -> list[int]:
        """The partitions that the last run has read."""
        return [partition for partition, _ in self.started["partitions"]]

    def run(self, *, steps: bool = True) -> None:
        """Compute the boards. Without `steps`, the run only begins."""
        assert self.compute().keys() == {"computed", "started"}
        if steps:
            self.execute()

    def compute(self) -> dict[str, Any]:
        return compute_leaderboards.handler({}, None)

    def execute(self) -> None:
        state = dict(self.started)
        if state["partitions"]:
            state["fresh"] = [self.call(rank_partition, partition=each, **state) for each in state["partitions"]]
        for each in self.call(plan_ranges, **state):
            self.call(merge_range, range=each, **state)
        state["boards"] = [self.call(join_board, board=each, **state) for each in state["boards"]]
        self.call(publish_boards, **state)

    def call(self, step: Any, **event: Any) -> Any:
        name = step.__name__.rpartition(".")[2]
        self._may_die(name, "before")
        for _ in range(self.calls_each):
            result = json.loads(json.dumps(step.handler(json.loads(json.dumps(event)), None)))
        self._may_die(name, "after")
        return result

    def _may_die(self, step: str, when: str) -> None:
        if self.dies(step, when):
            raise Killed(step)

    def publish(self, events: list[dict[str, Any]]) -> list[int]:
        if self.refuses:
            return [*range(len(events))]
        self.published |= {event["id"] for event in events}
        return []

    def count(self, metric: str, amount: float = 1, _unit: str = "") -> None:
        self.counted[metric] = self.counted.get(metric, 0) + amount

    def boards(self) -> dict[str, bytes]:
        """What readers see of all versions: without the runs, and the lists of them."""
        return {name: body for name, body in self.shelf.objects.items() if "runs" not in name.split("/")}


def steps(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Steps:
    """Small segments and ranges, so that few users make many, and three partitions."""
    made = Steps(shelf)
    for name, number in (("SEGMENT", 3), ("SAMPLED", 2), ("RANGE", 7)):
        monkeypatch.setattr(distributed, name, number)
    monkeypatch.setattr(keys, "STANDING_SHARDS", PARTITIONS)
    monkeypatch.setattr(summarising, "STREAKS_LISTED", 3)
    monkeypatch.setattr(marks, "_marked", {})  # what this process has marked in another table of this name
    monkeypatch.setattr(bus, "publish", made.publish)
    monkeypatch.setattr(telemetry, "count", made.count)
    settings = {"BOARDS_MACHINE_ARN": "the machine", "DISTRIBUTED_FROM": "0", "MARK_CHANGES": "true"}
    for setting, value in (settings | {"EVENT_SOURCE": "/laurels/test"}).items():
        monkeypatch.setenv(setting, value)

    def start(_arn: str, _name: str, content: Any) -> None:
        made.started = json.loads(json.dumps(content))

    monkeypatch.setattr(executions, "start", start)
    shelf.in_force = in_force()
    return made


def numbered_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give versions names that depend on the time alone."""
    monkeypatch.setattr(versions, "uuid4", lambda: UUID(int=1 << 96))


def records(old: list[Item], new: list[Item], at: int) -> Iterator[dict[str, Any]]:
    """Yield what the table's stream says of the differences between two lists of standings. `at` is epoch
    milliseconds."""
    before, after = ({item["SK"]: item for item in items} for items in (old, new))
    for number, key in enumerate(sorted(before.keys() | after.keys())):
        images = {"OldImage": before.get(key), "NewImage": after.get(key)}
        if images["OldImage"] == images["NewImage"]:
            continue
        found = after.get(key) or before[key]
        yield {
            "eventID": f"{at}-{number}",
            "dynamodb": {
                "ApproximateCreationDateTime": float(at // 1000),
                "Keys": pack_item({name: found[name] for name in ("PK", "SK")}),
                "SequenceNumber": f"{at}{number:06d}",
                **{name: pack_item(image) for name, image in images.items() if image},
            },
        }
