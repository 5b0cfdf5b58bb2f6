"""Erasers and exporters that die at any call to AWS: the next delivery of the message ends with the same result."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from typing import Any
from unittest.mock import patch

import pytest

from laurels import telemetry
from privacy import start_export
from tests.events import call, user
from tests.integration.privacy.erasing_and_exporting import (
    Killed,
    World,
    export,
    export_state,
    id_of,
    killed_at,
    leave,
    receipt,
    settle_down,
    sweep,
    without_times,
)
from tests.sizes import sized

ANNA = id_of("anna")
STEP = sized(3, 1)  # calls between two deaths


def outcome(world: World, erasure_id: str) -> tuple[Any, ...]:
    found = {name: value for name, value in receipt(erasure_id).items() if not name.endswith(("_at", "_id"))}
    return found, sorted(world.objects()), [item["SK"] for item in world.items()]


def restore(world: World, items: list[dict[str, Any]], objects: dict[str, bytes]) -> None:
    world.clear()
    world.put(*items)
    world.upload(objects)


def deaths(
    before: Callable[[], object], run: Callable[[], object], after: bool, monkeypatch: pytest.MonkeyPatch, step: int = 1
) -> Iterator[list[str]]:
    """Run again and again. The process dies at the first call to AWS, then `step` calls later, and so on, until a run
    has fewer calls. Yields the calls of each run that died."""
    for number in count(1, step):
        before()
        with killed_at(number, after=after, monkeypatch=monkeypatch) as made, suppress(Killed):
            run()
            return
        yield made


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("last", [False, True])
def test_an_eraser_that_dies_goes_on(last: bool, after: bool, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    settle_down(ANNA)
    erasure_id = leave(ANNA)
    begun = world.items(), world.objects()

    def whole() -> None:
        monkeypatch.setenv("SETTLE_SECONDS", "300")
        assert sweep(erasure_id) == []
        monkeypatch.setenv("SETTLE_SECONDS", "0")
        assert sweep(erasure_id, last=True) == []

    def start_over() -> None:
        restore(world, *begun)
        monkeypatch.setenv("SETTLE_SECONDS", "0" if last else "300")

    whole()
    expected, died = outcome(world, erasure_id), 0
    assert expected[0]["status"] == "done"
    for made in deaths(start_over, lambda: sweep(erasure_id, last=last), after, monkeypatch, STEP):
        whole()
        assert outcome(world, erasure_id) == expected, made
        died += 1
    assert died > 12 // STEP


@pytest.mark.parametrize("after", [False, True])
def test_an_exporter_that_dies_goes_on(after: bool, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    settle_down(ANNA)
    export_id = call(start_export.handler, path={"user_id": ANNA}, caller=user(ANNA)).body["export_id"]
    begun = world.items(), world.objects()
    assert export(ANNA, export_id) == []
    expected, died = ([without_times(item) for item in world.items()], world.objects()), 0
    for made in deaths(lambda: restore(world, *begun), lambda: export(ANNA, export_id), after, monkeypatch, STEP):
        assert export(ANNA, export_id) == []
        assert ([without_times(item) for item in world.items()], world.objects()) == expected, made
        died += 1
    assert died > 5 // STEP
    assert export_state(ANNA, export_id)["status"] == "ready"


@pytest.mark.parametrize("after", [False, True])
def test_a_start_that_dies_is_no_erasure_or_a_whole_one(
    after: bool, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle_down(ANNA)
    begun = world.items(), world.objects()
    died = 0
    for made in deaths(lambda: restore(world, *begun), lambda: leave(ANNA), after, monkeypatch):
        died += 1
        pending = [item["erasure_id"] for item in world.items() if item["SK"] == "ERASURE"]
        if not pending:
            assert world.items() == begun[0]
            continue
        assert sum("SendMessage" in each for each in made) >= 1, "its last sweep is on the queue"
        monkeypatch.setenv("SETTLE_SECONDS", "0")
        assert sweep(pending[0], last=True) == []
        assert receipt(pending[0])["status"] == "done"
        assert [item for item in world.items() if ANNA in repr(item)] == []
        monkeypatch.setenv("SETTLE_SECONDS", "300")
    assert died == 4


def test_two_erasers_at_once_count_everything_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    settle_down(ANNA)
    erasure_id = leave(ANNA)
    begun = world.items(), world.objects()
    monkeypatch.setenv("SETTLE_SECONDS", "0")
    assert sweep(erasure_id, last=True) == []
    expected = outcome(world, erasure_id)
    for _ in range(5):
        restore(world, *begun)
        with patch.object(telemetry, "count"), patch.object(telemetry, "flush"), ThreadPoolExecutor(4) as pool:
            assert list(pool.map(lambda last: sweep(erasure_id, last=last), [True, False, True, True])) == [[]] * 4
        assert outcome(world, erasure_id) == expected
