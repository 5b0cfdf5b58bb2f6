"""Where standings can be found besides the table: its stream, which keeps a day, and a copy of the table."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from laurels import keys
from laurels.attribute_values import unpack
from laurels.standings.models import Standing
from local.repair import rebuilding
from local.repair.rebuilding import Image

_EMPTY_PAGES = 10  # of a shard that is still written to, after which it is taken to have no more
Clients = Callable[[str], Any]


def users(table: str, clients: Clients) -> set[str]:
    """Return all users of whom a table holds anything. It reads the whole table once."""
    pages = clients("dynamodb").get_paginator("scan").paginate(TableName=table, ProjectionExpression="PK, SK")
    found = set()
    for page in pages:
        for packed in page["Items"]:
            partition, sort = packed["PK"]["S"], packed["SK"]["S"]
            if partition.startswith(keys.profile("").PK):
                found.add(keys.user_of(partition))
            elif partition.startswith(keys.standings().PK):
                found.add(keys.user_of(sort))
    return found


def in_copy(table: str, user_id: str, clients: Clients) -> Image | None:
    """Return the user's standing in another table."""
    key = {name: {"S": part} for name, part in keys.standing(user_id)._asdict().items()}
    found = rebuilding.read(_item(clients("dynamodb").get_item(TableName=table, Key=key).get("Item")))
    return Image(found) if found else None


def in_stream(table: str, clients: Clients) -> dict[str, Image]:
    """Return the newest standing of each user that the table's stream still knows; if one was deleted or begun anew,
    the newest of before."""
    arn = clients("dynamodb").describe_table(TableName=table)["Table"].get("LatestStreamArn")
    found: dict[str, _Line] = {}
    for record in _records(arn, clients("dynamodbstreams")) if arn else ():
        change = record["dynamodb"]
        if change["Keys"]["PK"]["S"].startswith(keys.standings().PK):
            line = found.setdefault(keys.user_of(change["Keys"]["SK"]["S"]), _Line())
            line.follow(change)
    return {user_id: image for user_id, line in found.items() if (image := line.image())}


class _Line:
    """The images of one standing, in the order of its changes."""

    def __init__(self) -> None:
        self._lost: Standing | None = None
        self._newest: Standing | None = None

    def follow(self, change: Mapping[str, Any]) -> None:
        old, new = (rebuilding.read(_item(change.get(name))) for name in ("OldImage", "NewImage"))
        self._newest = _newer(self._newest, old)
        is_begun = "OldImage" not in change or bool(new and old and new.revision <= old.revision)
        if is_begun or "NewImage" not in change:
            self._lost, self._newest = _newer(self._lost, self._newest), None
        self._newest = _newer(self._newest, new)

    def image(self) -> Image | None:
        found = self._lost or self._newest
        return Image(found, is_lost=self._lost is not None) if found else None


def _newer(one: Standing | None, other: Standing | None) -> Standing | None:
    return max((each for each in (one, other) if each), key=lambda each: each.revision, default=None)


def _records(arn: str, streams: Any) -> Iterator[Mapping[str, Any]]:
    for shard in _shards(arn, streams):
        wanted = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator, empty = streams.get_shard_iterator(**wanted)["ShardIterator"], 0
        is_closed = "EndingSequenceNumber" in shard["SequenceNumberRange"]  # then its last page has no iterator
        while iterator and (is_closed or empty < _EMPTY_PAGES):
            page = streams.get_records(ShardIterator=iterator)
            yield from page["Records"]
            iterator, empty = page.get("NextShardIterator"), 0 if page["Records"] else empty + 1


def _shards(arn: str, streams: Any) -> Iterator[Mapping[str, Any]]:
    request = {"StreamArn": arn}
    while True:
        about = streams.describe_stream(**request)["StreamDescription"]
        yield from about["Shards"]
        if "LastEvaluatedShardId" not in about:
            return
        request["ExclusiveStartShardId"] = about["LastEvaluatedShardId"]


def _item(packed: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Unpack an item that boto3 returned, which has decoded its bytes already."""
    if packed is None:
        return None
    return {name: value["B"] if "B" in value else unpack(value) for name, value in packed.items()}
