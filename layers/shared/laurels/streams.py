"""Changes of the table's items, as Lambda passes the records of the table's stream to a consumer."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from laurels.attribute_values import unpack_item
from laurels.keys import Key
from laurels.writes import Item

Packed = Mapping[str, Any]


class Change(NamedTuple):
    """One write of one item.

    `id` is the same whenever the change is delivered. `sequence` orders the changes of an item; such numbers have up to
    40 digits. `at` is epoch milliseconds, to the second. `images` are the packed item before and after the change. They
    are unpacked on use, so that an item that cannot be unpacked fails alone, and not with its batch.
    """

    id: str
    sequence: str
    at: int
    key: Key
    images: tuple[Packed | None, Packed | None]

    @property
    def old(self) -> Item | None:
        """The item before the change; None if there was none."""
        return _unpacked(self.images[0])

    @property
    def new(self) -> Item | None:
        """The item after the change; None if it was deleted."""
        return _unpacked(self.images[1])


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
    at = int(float(change["ApproximateCreationDateTime"]) * 1000)
    key = Key(**unpack_item(change["Keys"]))
    return Change(
        record["eventID"], change["SequenceNumber"], at, key, (change.get("OldImage"), change.get("NewImage"))
    )


def _unpacked(image: Packed | None) -> Item | None:
    return None if image is None else unpack_item(image)
