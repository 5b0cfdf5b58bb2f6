"""Changes of the table's items, as Lambda passes the records of the table's stream to a consumer."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from laurels.attribute_values import unpack_item
from laurels.keys import Key
from laurels.writes import Item


class Change(NamedTuple):
    """One write of one item, with the item before and after it (None: there was, or is, none).

    `id` is the same whenever the change is delivered. `sequence` orders the changes of an item; such numbers have up to
    40 digits. `at` is epoch milliseconds, to the second.
    """

    id: str
    sequence: str
    at: int
    old: Item | None
    new: Item | None

    @property
    def item(self) -> Item:
        """The item after the change, or the one that was deleted."""
        return self.new or self.old or {}

    @property
    def key(self) -> Key:
        return Key(self.item["PK"], self.item["SK"])


def consumer(apply: Callable[[list[Change]], Iterable[Change]]) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """Return the handler of a function that a stream triggers. `apply` returns the changes that failed: the stream
    delivers the first of them again, and all changes after it.

    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
    """

    def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        failed = apply([_change(record) for record in event["Records"]])
        return {"batchItemFailures": [{"itemIdentifier": change.sequence} for change in failed]}

    return handler


def _change(record: Mapping[str, Any]) -> Change:
    change = record["dynamodb"]
    old, new = (unpack_item(change[image]) if image in change else None for image in ("OldImage", "NewImage"))
    at = int(float(change["ApproximateCreationDateTime"]) * 1000)
    return Change(record["eventID"], change["SequenceNumber"], at, old, new)
