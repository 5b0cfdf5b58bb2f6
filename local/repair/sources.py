"""Where standings can be found besides the table: its stream, which keeps a day, and a copy of the table."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from laurels import keys
from laurels.attribute_values import unpack
from laurels.standings.models import Standing
from local.repair import rebuilding

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


def in_copy(table: str, user_id: str, clients: Clients) -> Standing | None:
    """Return the user's standing in another table."""
    key = {name: {"S": part} for name, part in keys.standing(user_id)._asdict().items()}
    return rebuilding.read(_item(clients("dynamodb").get_item(TableName=table, Key=key).get("Item")))


def in_stream(table: str, clients: Clients) -> dict[str, Standing]:
    """Return the newest standing of each user that the table's stream still knows: by its revision, in the images
    before and after each change."""
    arn = clients("dynamodb").describe_table(TableName=table)["Table"].get("LatestStreamArn")
    found: dict[str, Standing] = {}
    for record in _records(arn, clients("dynamodbstreams")) if arn else ():
        change = record["dynamodb"]
        if not change["Keys"]["PK"]["S"].startswith(keys.standings().PK):
            continue
        for image in (change.get("OldImage"), change.get("NewImage")):
            standing = rebuilding.read(_item(image))
            known = standing and found.get(standing.user_id)
            if standing and (known is None or standing.revision > known.revision):
                found[standing.user_id] = standing
    return found


def _records(arn: str, streams: Any) -> Iterator[Mapping[str, Any]]:
    for shard in _shards(arn, streams):
        wanted = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
        iterator, empty = streams.get_shard_iterator(**wanted)["ShardIterator"], 0
        while iterator and empty < _EMPTY_PAGES:
            page = streams.get_records(ShardIterator=iterator)
            yield from page["Records"]
            iterator, empty = page.get("NextShardIterator"), 0 if page["Records"] else empty + 1


def _shards(arn: str, streams: Any) -> Iterator[str]:
    request = {"StreamArn": arn}
    while True:
        about = streams.describe_stream(**request)["StreamDescription"]
        yield from (shard["ShardId"] for shard in about["Shards"])
        if "LastEvaluatedShardId" not in about:
            return
        request["ExclusiveStartShardId"] = about["LastEvaluatedShardId"]


def _item(packed: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Unpack an item that boto3 returned, which has decoded its bytes already."""
    if packed is None:
        return None
    return {name: value["B"] if "B" in value else unpack(value) for name, value in packed.items()}
