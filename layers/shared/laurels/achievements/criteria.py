"""Criteria: the metrics a user must reach for an achievement to be awarded automatically. No I/O.

Every stat update uses this module, so it does not load the catalogue's models. All active criteria live in one item,
each as a short text in its own attribute. `standings.in_force` reads it.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from laurels.standings import rules as standings_rules
from laurels.standings.models import BOARD_OF, Board, Metric, Standing

PREFIX = "of:"  # of the attributes, so that no code is taken for one of the item's own
MAX_BYTES = 100_000  # of all together: each new process reads them (25 read units), and an item holds 400 KB
Reached = dict[str, float]  # by metric; an own metric in which nothing was counted is missing

_BOARD_OF: dict[str, Board] = {
    Metric.POINTS: Board.POINTS,
    Metric.ACHIEVEMENTS: Board.ACHIEVEMENTS,
    **{Metric(counter.value): board for counter, board in BOARD_OF.items()},
}


class Criterion(NamedTuple):
    """An achievement's code, its points, and the conditions that earn it."""

    code: str
    points: int
    conditions: tuple[tuple[str, float], ...]  # metric, and the value that it must reach


def attribute(code: str) -> str:
    """Return the name of the attribute that holds an achievement's criteria."""
    return f"{PREFIX}{code}"


def text_of(definition: Mapping[str, Any] | None) -> str | None:
    """Return the attribute's value for a definition; None if the achievement is not awarded automatically."""
    if definition is None or not definition["is_active"] or not definition.get("criteria"):
        return None
    # 10 and 10.0 are one number to the table, so they must be one text.
    conditions = [[each["metric"], float(each["value"])] for each in definition["criteria"]["all"]]
    return json.dumps([definition["points"], conditions], separators=(",", ":"))


def read(item: Mapping[str, Any] | None) -> list[Criterion]:
    """Return the criteria in the item of all criteria, by code."""
    texts = sorted((name, text) for name, text in (item or {}).items() if name.startswith(PREFIX))
    return [_parse(name.removeprefix(PREFIX), text) for name, text in texts]


def fit(stored: Mapping[str, Any], changes: Mapping[str, str | None]) -> bool:
    """True if the criteria's item is within MAX_BYTES after these changes of attributes (None: removed), or does not
    grow."""
    after = {name: text for name, text in {**stored, **changes}.items() if text is not None}
    return size(after) <= max(size(stored), MAX_BYTES)


def size(item: Mapping[str, Any]) -> int:
    """Return the bytes of all criteria in their item. Names and texts are ASCII."""
    return sum(len(name) + len(text) for name, text in item.items() if name.startswith(PREFIX))


def _parse(code: str, text: str) -> Criterion:
    points, conditions = json.loads(text)
    return Criterion(code, points, tuple((metric, value) for metric, value in conditions))


def reached(standing: Standing) -> Reached:
    """Return the values of all metrics of a standing."""
    counters: Reached = dict(standing.counters)  # type: ignore[arg-type]  # a Counter is a str
    return counters | {
        Metric.AVERAGE_GRADE: standing.average_grade or 0,
        Metric.POINTS: standing.points,
        Metric.ACHIEVEMENTS: standing.achievements,
        **{name: own.value for name, own in standing.own.items()},
    }


def met(criterion: Criterion, values: Reached) -> bool:
    """True if the values meet every condition."""
    return all(values.get(metric, 0) >= value for metric, value in criterion.conditions)


def newly_met(criteria: Iterable[Criterion], before: Reached, after: Reached) -> list[Criterion]:
    """Return the criteria that `after` meets and `before` did not. What both meet was awarded before."""
    return [each for each in criteria if met(each, after) and not met(each, before)]


def no_more_than(values: Reached, points: float, achievements: float) -> Reached:
    """Return the values with points and achievements limited to these."""
    return values | {
        Metric.POINTS: min(values[Metric.POINTS], points),
        Metric.ACHIEVEMENTS: min(values[Metric.ACHIEVEMENTS], achievements),
    }


def times(criterion: Criterion, standing: Standing) -> list[int | None]:
    """Return when each condition was met (epoch milliseconds); None where that is no longer known: a standing holds
    only the time at which it reached its present value."""
    return [_time(metric, value, standing) for metric, value in criterion.conditions]


def _time(metric: str, value: float, standing: Standing) -> int | None:
    if standings_rules.metric(standing, metric) != value:
        return None
    if metric == Metric.AVERAGE_GRADE:
        return standing.graded_at or None
    if own := standing.own.get(metric):
        return own.reached or None
    board = _BOARD_OF.get(metric)
    return (standing.scores[board].reached or None) if board else None
