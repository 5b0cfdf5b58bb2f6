"""What stands in the door to DynamoDB during a test: it counts calls and capacity, and injects faults."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

READS = {"get_item", "batch_get_item", "query"}


@dataclass(frozen=True)
class Call:
    """One request that reached DynamoDB. `units` are read units of a read, write units of a write."""

    operation: str
    request: dict[str, Any]
    units: float


class Recorder:
    """Takes the place of `laurels.table._call`. `made` are the calls in their order, failed ones too (0 units)."""

    def __init__(self, call: Callable[..., dict[str, Any]]):
        self.made: list[Call] = []
        self._call = call
        self._before: dict[str, list[Callable[[], object]]] = defaultdict(list)
        self._after: dict[str, list[BaseException]] = defaultdict(list)

    def __call__(self, operation: str, **request: Any) -> dict[str, Any]:
        if self._before[operation]:
            self._before[operation].pop(0)()
        units = 0.0
        try:
            response = self._call(operation, **request, ReturnConsumedCapacity="TOTAL")
            units = _units(operation, response)
        finally:
            self.made.append(Call(operation, request, units))
        if self._after[operation]:
            raise self._after[operation].pop(0)
        return response

    def operations(self) -> list[str]:
        return [call.operation for call in self.made]

    def read_units(self) -> float:
        return sum(call.units for call in self.made if call.operation in READS)

    def write_units(self) -> float:
        return sum(call.units for call in self.made if call.operation not in READS)

    def fail(self, operation: str, error: BaseException, *, after: bool = False, times: int = 1) -> None:
        """The next calls of the operation raise the error: before anything is written, or after (a lost answer)."""

        def refuse() -> None:
            raise error

        for _ in range(times):
            if after:
                self._after[operation].append(error)
            else:
                self._before[operation].append(refuse)

    def meanwhile(self, operation: str, do: Callable[[], object]) -> None:
        """Just before the next call of the operation something else happens: another writer, say."""
        self._before[operation].append(do)


def _units(operation: str, response: dict[str, Any]) -> float:
    consumed = response.get("ConsumedCapacity", [])
    each = consumed if isinstance(consumed, list) else [consumed]
    units = sum(float(part["CapacityUnits"]) for part in each)
    # A transaction costs twice its writes; DynamoDB Local reports them once.
    return units * 2 if operation == "transact_write_items" else units
