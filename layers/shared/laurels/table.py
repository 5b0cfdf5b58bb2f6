"""The door to DynamoDB: plain Python items in and out, and named errors.

Every request goes through `_call`: there tests count calls and capacity and inject faults, and there another client
would be put. The endpoint comes from the environment (`AWS_ENDPOINT_URL`), as for any SDK.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import uuid4

from laurels import settings
from laurels.attribute_values import pack_item, unpack_item
from laurels.aws import client
from laurels.errors import Conflict, Unavailable
from laurels.keys import Key
from laurels.writes import Item, Update, Write, part


class ConditionFailed(Conflict):
    """The condition of a single write did not hold. `item` is the stored item (None: there is none)."""

    def __init__(self, item: Item | None):
        super().__init__("The document was changed meanwhile. Read it and try again.")
        self.item = item


class Reason(NamedTuple):
    """Why one part of a transaction failed: DynamoDB's code ("None" if it did not), and the stored item."""

    code: str
    item: Item | None


class Cancelled(Conflict):
    """A transaction in which a condition did not hold. `reasons` are in the order of the writes."""

    def __init__(self, reasons: list[Reason]):
        super().__init__("The documents were changed meanwhile. Read them and try again.")
        self.reasons = reasons

    def failed(self, index: int) -> bool:
        """True if the condition of that write did not hold."""
        return self.reasons[index].code == "ConditionalCheckFailed"


class Contended(Unavailable):
    """Another transaction holds the item at this moment. Nothing was written."""


class Throttled(Unavailable):
    """DynamoDB accepts no more requests at this moment. Nothing was written."""


class UnknownOutcome(Unavailable):
    """No response, or a server error: the write may or may not have happened."""


class Page(NamedTuple):
    """Items of one Query, and the sort key after which to continue (None: there are no more)."""

    items: list[Item]
    last: str | None


def get(key: Key, *, consistent: bool = False) -> Item | None:
    """Return the item, or None."""
    response = _call("get_item", TableName=_name(), Key=pack_item(key._asdict()), ConsistentRead=consistent)
    return unpack_item(response["Item"]) if "Item" in response else None


def get_many(keys: Sequence[Key], *, consistent: bool = False) -> list[Item | None]:
    """Return the items of the keys, in order, None for a missing one. One request per 100 distinct keys."""
    table, found = _name(), dict[tuple[str, str], Item]()
    waiting = [pack_item(key._asdict()) for key in dict.fromkeys(keys)]
    while waiting:
        batch, waiting = waiting[:100], waiting[100:]
        request = {table: {"Keys": batch, "ConsistentRead": consistent}}
        response = _call("batch_get_item", RequestItems=request)
        for packed in response["Responses"].get(table, ()):
            item = unpack_item(packed)
            found[item["PK"], item["SK"]] = item
        left = response.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
        if len(left) == len(batch):
            raise Throttled
        waiting = left + waiting
    return [found.get((key.PK, key.SK)) for key in keys]


def query(
    prefix: Key, *, limit: int | None = None, after: str | None = None, forward: bool = True, consistent: bool = False
) -> Page:
    """Run one Query: the items of a partition whose sort key begins with `prefix.SK`, in order, after `after`.

    An empty `prefix.SK` means the whole partition.
    """
    condition, values = "PK = :pk", {":pk": {"S": prefix.PK}}
    if prefix.SK:  # DynamoDB allows no empty text here
        condition, values = f"{condition} AND begins_with(SK, :sk)", {**values, ":sk": {"S": prefix.SK}}
    request: dict[str, Any] = {
        "TableName": _name(),
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": values,
        "ScanIndexForward": forward,
        "ConsistentRead": consistent,
    }
    if limit:
        request["Limit"] = limit
    if after is not None:
        request["ExclusiveStartKey"] = {"PK": {"S": prefix.PK}, "SK": {"S": after}}
    response = _call("query", **request)
    last = response.get("LastEvaluatedKey")
    return Page([unpack_item(item) for item in response["Items"]], last["SK"]["S"] if last else None)


_AT_ONCE = 16  # Queries of `query_merged`


def query_merged(prefixes: Sequence[Key], *, limit: int, after: str | None = None, forward: bool = True) -> Page:
    """Run a Query of up to `limit` items for each prefix, all at the same time. Return the items in one order.

    The sort keys of all prefixes must differ. `after` and the page's `last` are positions in the common order: a Query
    continues after a sort key that its partition does not have. The page ends where the first partition that has more
    items does, because other partitions' items after that may come after items which were not read.
    """
    from concurrent.futures import ThreadPoolExecutor  # for the cold start: most functions do not need it

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        pages = list(pool.map(lambda prefix: query(prefix, limit=limit, after=after, forward=forward), prefixes))
    items = sorted((item for page in pages for item in page.items), key=itemgetter("SK"), reverse=not forward)
    ends = [page.last for page in pages if page.last is not None]
    if not ends:
        return Page(items, None)
    last = min(ends) if forward else max(ends)
    return Page([item for item in items if (item["SK"] <= last if forward else item["SK"] >= last)], last)


_STRIDE = 200  # items of each further Query if `keep` accepts few, to save requests


def select(
    prefix: Key,
    keep: Callable[[Item], bool],
    *,
    limit: int,
    after: str | None = None,
    forward: bool = True,
    consistent: bool = False,
    read: Callable[..., Page] = query,
) -> Page:
    """Return the first `limit` items of a prefix that `keep` accepts. One Query, if it accepts most of them. `read` may
    be a function that holds what `query` has read."""
    found: list[Item] = []
    size = limit + 1  # one more than asked for, so that the last page has no cursor
    while True:
        page = read(prefix, limit=size, after=after, forward=forward, consistent=consistent)
        size = max(size, _STRIDE)
        found += filter(keep, page.items)
        after = page.last
        if len(found) > limit:
            return Page(found[:limit], found[limit - 1]["SK"])
        if after is None:
            return Page(found, None)


def query_all(prefix: Key, *, consistent: bool = False) -> Iterator[Item]:
    """Yield all items of a prefix, by Queries of up to 1 MB each."""
    after = None
    while True:
        page = query(prefix, after=after, consistent=consistent)
        yield from page.items
        if page.last is None:
            return
        after = page.last


def write(*changes: Write) -> None:
    """Write one item, or several in one transaction (all or none, at most 100).

    Raises ConditionFailed (single), Cancelled (several), Contended, Throttled, UnknownOutcome. The client may retry a
    write whose response was lost, and the error is that of the last attempt: a single conditional write that succeeded
    can raise ConditionFailed, so callers check the stored item, and a single `add` without a condition can count twice.
    A transaction cannot: its attempts share a token.
    """
    if len(changes) > 1:
        if len({change.key for change in changes}) < len(changes):  # DynamoDB Local accepts some of these
            raise ValueError("A transaction can write an item only once.")
        parts = [part(change, _name()) for change in changes]
        _call("transact_write_items", TransactItems=parts, ClientRequestToken=uuid4().hex)
    else:
        ((operation, request),) = part(changes[0], _name()).items()
        _call(_SINGLE[operation], **request)


def update(change: Update) -> Item:
    """Write one item as `write` does, and return it."""
    response = _call("update_item", **part(change, _name())["Update"], ReturnValues="ALL_NEW")
    return unpack_item(response["Attributes"])


_SINGLE = {"Put": "put_item", "Update": "update_item", "Delete": "delete_item"}


def _name() -> str:
    return settings.text("TABLE_NAME")


def _call(operation: str, **request: Any) -> dict[str, Any]:
    """Send one request to DynamoDB, in its low-level form."""
    try:
        return client.call("dynamodb", f"DynamoDB_20120810.{operation.title().replace('_', '')}", request)
    except client.NoResponse as error:
        raise UnknownOutcome from error
    except client.ServiceError as error:
        raise _named(error) from error


_THROTTLED = {"ProvisionedThroughputExceeded", "ThrottlingError", "Throttling", "RequestLimitExceeded"}
_CONTENDED = {"TransactionConflict"}


def _named(refused: client.ServiceError) -> Exception:
    """Return our error for DynamoDB's. An error without a name here is a mistake of ours and is returned as it is."""
    code = refused.error.removesuffix("Exception")
    if code == "ConditionalCheckFailed":
        return ConditionFailed(_old(refused.body))
    if code == "TransactionCanceled":
        reasons = [Reason(reason.get("Code", "None"), _old(reason)) for reason in refused.body["CancellationReasons"]]
        codes = {reason.code for reason in reasons}
        if "ConditionalCheckFailed" in codes:
            return Cancelled(reasons)
        if codes & _CONTENDED:
            return Contended()
        return Throttled() if codes & _THROTTLED else refused
    if code in _CONTENDED:
        return Contended()
    if code in _THROTTLED:
        return Throttled()
    # In progress: an earlier attempt of our own transaction, whose response was lost.
    return UnknownOutcome() if code == "TransactionInProgress" or refused.http_status >= 500 else refused


def _old(body: Mapping[str, Any]) -> Item | None:
    return unpack_item(body["Item"]) if body.get("Item") else None
