"""All that a table holds, to compare before and after."""

from typing import Any

from laurels.values import unpack_item


def contents(client: Any, table: str) -> list[dict[str, Any]]:
    """Every item, by key. `client` is boto3's."""
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    items = [unpack_item(item) for page in pages for item in page["Items"]]
    return sorted(items, key=lambda item: (item["PK"], item["SK"]))
