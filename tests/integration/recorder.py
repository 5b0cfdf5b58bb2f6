"""A recorder of the requests to DynamoDB: it counts calls and capacity, and injects faults."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from queue import Empty, SimpleQueue
from typing import Any

import pytest

from laurels.attribute_values import unpack_item
from laurels.table import Cancelled, Contended, Reason, Throttled, UnknownOutcome

READS = {"get_item", "batch_get_item", "query"}

# Errors that any request may get and a retry can overcome, and the error of a transaction that lost a race.
PASSING = [Contended(), Throttled(), UnknownOutcome()]
LOST_RACE = Cancelled([Reason("ConditionalCheckFailed", None)])
# Arguments of `Recorder.fail` for code that reads an item with its standing and changes both in a transaction.
FAULTS: list[dict[str, Any]] = [
    {"operation": "batch_get_item", "error": Throttled()},
    {"operation": "batch_get_item", "error": UnknownOutcome(), "after": True},
    {"operation": "transact_write_items", "error": Contended()},
    {"operation": "transact_write_items", "error": UnknownOutcome()},
    {"operation": "transact_write_items", "error": UnknownOutcome(), "after": True},
]


def for_each(*errors: Exception) -> pytest.MarkDecorator:
    """Run a test once with each error as its argument `error`."""
    return pytest.mark.parametrize("error", errors, ids=lambda error: type(error).__name__)


@dataclass(frozen=True)
class Call:
    """One request that reached DynamoDB. `units` are read units of a read, write units of a write."""

    operation: str
    request: dict[str, Any]
    units: float


class Recorder:
    """Replaces `laurels.table._call`. `made` lists all calls in order, failed ones too (0 units)."""

    def __init__(self, call: Callable[..., dict[str, Any]]):
        self.made: list[Call] = []
        self._call = call
        self._before: dict[str, SimpleQueue[Callable[[], object]]] = defaultdict(SimpleQueue)
        self._after: dict[str, SimpleQueue[BaseException]] = defaultdict(SimpleQueue)

    def __call__(self, operation: str, **request: Any) -> dict[str, Any]:
        with suppress(Empty):
            do = self._before[operation].get_nowait()
            do()
        units = 0.0
        try:
            if operation == "transact_write_items":
                before = self._sizes(request)
                response = self._call(operation, **request)
                units = _transaction_units(before, self._sizes(request))
            else:
                response = self._call(operation, **request, ReturnConsumedCapacity="TOTAL")
                units = _units(response)
        finally:
            self.made.append(Call(operation, request, units))
        with suppress(Empty):
            raise self._after[operation].get_nowait()
        return response

    def operations(self) -> list[str]:
        return [call.operation for call in self.made]

    def read_units(self) -> float:
        return sum(call.units for call in self.made if call.operation in READS)

    def write_units(self) -> float:
        return sum(call.units for call in self.made if call.operation not in READS)

    def fail(self, operation: str, error: BaseException, *, after: bool = False, times: int = 1) -> None:
        """Make the next calls of the operation raise the error: before the request, or after it (a lost response)."""

        def refuse() -> None:
            raise error

        for _ in range(times):
            if after:
                self._after[operation].put(error)
            else:
                self._before[operation].put(refuse)

    def meanwhile(self, operation: str, do: Callable[[], object]) -> None:
        """Run `do` just before the next call of the operation, for example another writer's change."""
        self._before[operation].put(do)

    def relent(self) -> None:
        """Drop all planned faults and actions that have not happened yet."""
        self._before.clear()
        self._after.clear()

    def _sizes(self, transaction: dict[str, Any]) -> list[int]:
        """Return the current size of each item of a transaction in bytes, 0 for a missing one."""
        parts = [part for change in transaction["TransactItems"] for part in change.values()]
        keys = [part.get("Key") or {name: part["Item"][name] for name in ("PK", "SK")} for part in parts]
        name = parts[0]["TableName"]
        answer = self._call("batch_get_item", RequestItems={name: {"Keys": keys, "ConsistentRead": True}})
        items = map(unpack_item, answer["Responses"].get(name, []))
        sizes = {(item["PK"], item["SK"]): item_size(item) for item in items}
        return [sizes.get((key["PK"]["S"], key["SK"]["S"]), 0) for key in keys]


def _units(response: dict[str, Any]) -> float:
    consumed = response.get("ConsumedCapacity", [])
    each = consumed if isinstance(consumed, list) else [consumed]
    return sum(float(part["CapacityUnits"]) for part in each)


def _transaction_units(before: list[int], after: list[int]) -> float:
    """Return the write units: two per started kilobyte of each item, by the larger of its old and new size.

    DynamoDB Local's own figure is wrong: it counts only one of several items that cost the same.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
    """
    return sum(2.0 * max(1, math.ceil(max(sizes) / 1024)) for sizes in zip(before, after, strict=True))


def item_size(item: Mapping[str, Any]) -> int:
    """Return the billed bytes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html"""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Any) -> int:
    match value:
        case str():
            return len(value.encode())
        case bytes():
            return len(value)
        case bool() | None:
            return 1
        case int() | float():
            return 1 + _pairs(value) + (value < 0)
        case list():
            return 3 + sum(1 + _size(element) for element in value)
    return 3 + sum(1 + len(name.encode()) + _size(element) for name, element in value.items())


def _pairs(number: float) -> int:
    """Count the pairs of digits from the decimal point, without zeros at either end: 1001.5 has three."""
    whole, _, fraction = f"{abs(Decimal(repr(number))):f}".partition(".")
    digits = whole.zfill(len(whole) + len(whole) % 2) + fraction + "0" * (len(fraction) % 2)
    filled = [place for place in range(0, len(digits), 2) if digits[place : place + 2] != "00"]
    return (filled[-1] - filled[0]) // 2 + 1 if filled else 0
