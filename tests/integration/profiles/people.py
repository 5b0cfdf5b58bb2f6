"""Learners in the table to test with."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from laurels import keys, table, tombstones
from laurels.attribute_values import pack_item
from laurels.aws import client
from laurels.people import service as people
from laurels.people.directory import name_items
from laurels.writes import Delete, Put
from profiles import update_profile
from tests.events import Answer, Handler, call

ANNA = {"sub": "anna", "name": "Анна Каренина"}
BORIS = {"sub": "boris", "name": "Boris"}
HER, ME = {"user_id": "anna"}, {"user_id": "me"}


def settle(user_id: str = "anna", **fields: Any) -> dict[str, Any]:
    """Write a profile; return its item."""
    item = {
        **keys.profile(user_id)._asdict(),
        "v": 1,
        "rev": 1,
        "user_id": user_id,
        "display_name": user_id.title(),
        "is_verified": False,
        "is_active": True,
        "created_at": "2026-11-20T18:22:05.000Z",
        "updated_at": "2026-11-20T18:22:05.000Z",
        **fields,
    }
    table.write(Put(item))
    return item


def patch(body: Any, caller: dict[str, str] = ANNA, etag: str | None = None, path: dict[str, str] = ME) -> Answer:
    """Change Anna's profile."""
    headers = {} if etag is None else {"if-match": etag}
    return call(update_profile.handler, path=path, caller=caller, body=body, headers=headers)


def stored() -> dict[str, Any]:
    """Anna's profile as it is in the table."""
    item = table.get(keys.profile("anna"), consistent=True)
    assert item
    return item


def bury(user_id: str = "anna") -> None:
    """Delete the profile and leave a tombstone, as an erasure does."""
    tombstone = {**tombstones.key(user_id)._asdict(), "v": 1, "erased_at": "2026-11-20T18:22:05.000Z"}
    table.write(Delete(keys.profile(user_id)), Put(tombstone | {"erasure_id": "0" * 32}))


def visible(**levels: str) -> dict[str, Any]:
    """Preferences with the given visibility."""
    return {"visibility": levels}


def join(user_id: str, display_name: str, **fields: Any) -> dict[str, Any]:
    """Create a profile with its lookup items."""
    return people.begin(people.fresh(user_id) | {"display_name": display_name} | fields)


def join_many(table_name: str, members: Mapping[str, str]) -> None:
    """Write profiles and name words of many users (id, name) in batches, without `laurels.table`."""
    profiles = (people.fresh(user_id) | {"display_name": name} for user_id, name in members.items())
    items = (item for each in profiles for item in (each, *name_items(each["user_id"], each["display_name"])))
    while batch := [{"PutRequest": {"Item": pack_item(item)}} for item in islice(items, 25)]:
        answer = client.call("dynamodb", "DynamoDB_20120810.BatchWriteItem", {"RequestItems": {table_name: batch}})
        assert not answer["UnprocessedItems"]


def pages(handler: Handler, caller: dict[str, str], **query: str) -> Iterator[Answer]:
    """Yield all pages of a list in order."""
    cursor: dict[str, str] = {}
    while True:
        page = call(handler, caller=caller, query=query | cursor)
        assert page.status == 200, page.text
        yield page
        if page.body["next_cursor"] is None:
            return
        cursor = {"cursor": page.body["next_cursor"]}
