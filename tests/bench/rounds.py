"""Measure in rounds, each contestant once per round, so that other load on the machine affects all alike."""

import sys
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import TypeVar

from tests.bench.contestants import FASTAPI, FLOOR, Contestant

Measured = TypeVar("Measured")


def interleaved(
    everybody: Sequence[Contestant], measure: Callable[[Contestant], Measured], rounds: int
) -> dict[str, list[Measured]]:
    """The measurements of each contestant by name, in the order of the rounds. The first round only fills the file
    cache, so its results are dropped."""
    taken: dict[str, list[Measured]] = {each.name: [] for each in everybody}
    for number in range(rounds + 1):
        if sys.stderr.isatty():
            print(f"\r  round {number} of {rounds} ", end="", file=sys.stderr)
        for each in everybody:
            value = measure(each)
            if number:
                taken[each.name].append(value)
    return taken


def compared(
    taken: Mapping[str, Sequence[float]], goals: Mapping[str, tuple[float, float | None]], unit: float
) -> list[tuple[object, ...]]:
    """Rows of name, median (times `unit`), ratio to the floor, ratio to FastAPI, and whether these ratios meet their
    goals (None: no goal). A ratio is the median of the ratios of all rounds."""
    rows: list[tuple[object, ...]] = []
    for name, values in taken.items():
        ratios = [
            median(mine / theirs for mine, theirs in zip(values, taken[peer], strict=True)) for peer in (FLOOR, FASTAPI)
        ]
        rows.append((name, unit * median(values), *ratios, _verdict(ratios, goals.get(name, (None, None)))))
    return rows


def _verdict(ratios: Sequence[float], goals: Sequence[float | None]) -> str:
    kept = [(value <= goal, goal) for value, goal in zip(ratios, goals, strict=True) if goal is not None]
    if not kept:
        return ""
    return f"≤ {' and '.join(str(goal) for _, goal in kept)}: {'met' if all(good for good, _ in kept) else 'missed'}"
