"""Own metrics as stat updates need them: their definitions, each a short text in the item of what is in force. No I/O.

The room `metrics` writes them, with the texts for people, which are not needed here.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from laurels.standings.models import HUNDREDTHS, Board, Metric
from laurels.standings.rules import MAX_COUNT

PREFIX = "metric:"  # of the attributes
MAX_INCREMENT = 1_000_000  # in one message, up or down
MAX_VALUE = MAX_COUNT / HUNDREDTHS  # of a value or best
# No own metric has one of these names: in messages and criteria, or on boards, they have a meaning already.
TAKEN = frozenset(map(str, Metric)) | frozenset(map(str, Board))


class MetricKind(StrEnum):
    """How a metric changes: by counting up and down; to what was said last; to the largest that was ever said."""

    COUNTER = "counter"
    VALUE = "value"
    BEST = "best"


class Definition(NamedTuple):
    """An own metric. `minimum` and `maximum` are of what one message may say (None: the limits of its kind)."""

    metric: str
    kind: MetricKind
    minimum: float | None = None
    maximum: float | None = None
    daily_cap: int | None = None
    board: bool = False
    is_active: bool = True

    @property
    def is_counter(self) -> bool:
        return self.kind is MetricKind.COUNTER

    @property
    def limits(self) -> tuple[float, float]:
        """The least and the most that one message may say."""
        least, most = (-MAX_INCREMENT, MAX_INCREMENT) if self.is_counter else (0, MAX_VALUE)
        return least if self.minimum is None else self.minimum, most if self.maximum is None else self.maximum


Definitions = Mapping[str, Definition]  # by metric, archived ones too


def attribute(metric: str) -> str:
    """Return the name of the attribute that holds a metric's definition."""
    return f"{PREFIX}{metric}"


def of(item: Mapping[str, Any]) -> Definition:
    """Return the definition in the metric's own item."""
    fields = {name: item[name] for name in Definition._fields if item.get(name) is not None}
    return Definition(**{**fields, "kind": MetricKind(fields["kind"])})


def text_of(item: Mapping[str, Any]) -> str:
    """Return the attribute's value for the metric's own item."""
    return json.dumps([*of(item)[1:]], separators=(",", ":"))


def read(item: Mapping[str, Any]) -> dict[str, Definition]:
    """Return all definitions in the item of what is in force."""
    found = {}
    for name, text in sorted(item.items()):
        if name.startswith(PREFIX):
            metric, (kind, *others) = name.removeprefix(PREFIX), json.loads(text)
            found[metric] = Definition(metric, MetricKind(kind), *others)
    return found


def boards(definitions: Definitions) -> dict[str, Definition]:
    """Return the definitions of own metrics that have a board."""
    return {metric: each for metric, each in definitions.items() if each.board and each.is_active}


def fault(metric: str, definitions: Definitions) -> str:
    """Return why new messages, criteria and targets cannot name an own metric; empty if they can."""
    if metric not in definitions:
        return "is no metric: GET /v1/metrics lists them"
    return "" if definitions[metric].is_active else "is an archived metric: nothing more is counted in it"
