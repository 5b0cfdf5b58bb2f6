"""All items of a table, to compare before and after, and to restore."""

from collections.abc import Mapping, Sequence
from typing import Any

from boto3.dynamodb.types import TypeDeserializer


def contents(client: Any, table: str) -> list[dict[str, Any]]:
    """Return every item, sorted by key. `client` is boto3's, so that reading does not depend on the tested code."""
    unpack = TypeDeserializer().deserialize
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    items = [{name: unpack(value) for name, value in item.items()} for page in pages for item in page["Items"]]
    return sorted(items, key=lambda item: (item["PK"], item["SK"]))


def write(client: Any, table: str, requests: Sequence[Mapping[str, Any]]) -> None:
    """Carry out requests of BatchWriteItem (`put` and `delete` make them), 25 at a time."""
    for start in range(0, len(requests), 25):
        answer = client.batch_write_item(RequestItems={table: requests[start : start + 25]})
        assert not answer["UnprocessedItems"]


def put(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request for an item with typed attribute values."""
    return {"PutRequest": {"Item": item}}


def delete(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request for the item with this item's key, of typed attribute values."""
    return {"DeleteRequest": {"Key": {name: item[name] for name in ("PK", "SK")}}}


def clear(client: Any, table: str) -> None:
    """Delete every item."""
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True, ProjectionExpression="PK, SK")
    write(client, table, [delete(item) for page in pages for item in page["Items"]])
