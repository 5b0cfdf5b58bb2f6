"""All items of a table, to compare before and after."""

from typing import Any

from boto3.dynamodb.types import TypeDeserializer


def contents(client: Any, table: str) -> list[dict[str, Any]]:
    """Return every item, sorted by key. `client` is boto3's, so that reading does not depend on the tested code."""
    unpack = TypeDeserializer().deserialize
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    items = [{name: unpack(value) for name, value in item.items()} for page in pages for item in page["Items"]]
    return sorted(items, key=lambda item: (item["PK"], item["SK"]))
