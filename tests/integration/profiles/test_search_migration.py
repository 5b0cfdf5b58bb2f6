"""Users whose names were stored by older rules: the next write of the profile replaces their words."""

from collections.abc import Callable
from typing import Any

import pytest

from laurels import keys
from laurels import table as door
from laurels.people import directory, names
from laurels.writes import Put
from preferences import update_preferences
from privacy import start_erasure
from profiles import search_profiles, update_profile
from tests.contents import contents
from tests.events import ADMIN, call
from tests.integration.profiles.people import BORIS, join, settle

OWNER, PATH = {"sub": "mariana"}, {"user_id": "mariana"}
NAME = "Марʼяна Сан\u00adта"


def store_by_older_rules(name: str = NAME) -> None:
    settle("mariana", display_name=name)
    for item in directory.name_items("mariana", name, 1):
        door.write(Put(item))


def words(client: Any, table_name: str) -> set[str]:
    """The words that lead to somebody."""
    found = contents(client, table_name)
    return {item["SK"].partition("#")[0] for item in found if item["PK"].startswith(keys.names_shard(0, "").PK)}


def partitions(client: Any, table_name: str) -> dict[str, str]:
    """Where the word of each Мария is."""
    found = [item for item in contents(client, table_name) if item["SK"].startswith("мария#")]
    return {item["SK"].partition("#")[2]: item["PK"] for item in found}


def finds(query: str) -> bool:
    items = call(search_profiles.handler, caller=BORIS, query={"q": query}).body["items"]
    return [item["user_id"] for item in items] == ["mariana"]


def change(**fields: Any) -> Callable[[], Any]:
    return lambda: call(update_profile.handler, path=PATH, caller=OWNER, body=fields)


@pytest.mark.parametrize("query", ["Мар'яна", "марʼяна", "мар’яна сан", "санта"])
def test_any_apostrophe_matches_any_other_and_invisible_characters_are_ignored(query: str) -> None:
    join("mariana", NAME)
    assert finds(query)
    assert finds(NAME)


@pytest.mark.parametrize(
    "write",
    [
        change(about="New"),
        change(display_name=NAME),
        lambda: call(update_preferences.handler, path=PATH, caller=OWNER, body={"theme": "dark"}),
        lambda: call(update_profile.handler, path=PATH, caller=ADMIN, body={"is_active": True}),
    ],
    ids=["another field", "the same name", "a preference", "an admin's"],
)
def test_the_next_write_replaces_the_words(write: Callable[[], Any], dynamodb_client: Any, table: str) -> None:
    store_by_older_rules()
    assert words(dynamodb_client, table) == {"марʼяна", "сан", "та"}
    assert write().status == 200
    assert words(dynamodb_client, table) == {"мар", "яна", "санта"}
    assert finds("Мар'яна санта")


def test_the_words_of_one_partition_are_found_and_spread_by_the_next_write(dynamodb_client: Any, table: str) -> None:
    users = [f"maria-{number}" for number in range(8)]
    for user_id in users:
        settle(user_id, display_name="Мария", words_version=2)
        for item in directory.name_items(user_id, "Мария", 2):
            door.write(Put(item))
    assert partitions(dynamodb_client, table) == {user_id: keys.names_shard(0, "ма").PK for user_id in users}
    for changed in (users[:4], users[4:]):
        for user_id in changed:
            path, owner = {"user_id": user_id}, {"sub": user_id}
            assert call(update_profile.handler, path=path, caller=owner, body={"about": "New"}).status == 200
        items = call(search_profiles.handler, caller=BORIS, query={"q": "мар"}).body["items"]
        assert [item["user_id"] for item in items] == users
    found = partitions(dynamodb_client, table)
    assert found == {user_id: keys.name_word("мария", user_id).PK for user_id in users}
    assert len({*found.values()}) == keys.NAME_SHARDS


def test_a_new_name_leaves_no_word_of_the_old_one(dynamodb_client: Any, table: str) -> None:
    store_by_older_rules()
    assert change(display_name="Ольга")().status == 200
    assert words(dynamodb_client, table) == {"ольга"}


def test_erased_and_private_users_have_no_words(dynamodb_client: Any, table: str) -> None:
    store_by_older_rules()
    assert call(start_erasure.handler, path=PATH, caller=OWNER).status == 202
    assert words(dynamodb_client, table) == set()


def test_a_name_that_the_rules_read_as_before_is_written_no_more_often(dynamodb_client: Any, table: str) -> None:
    store_by_older_rules("Мария Иванова")
    assert change(about="New")().status == 200
    found = [item for item in contents(dynamodb_client, table) if item["SK"] == "PROFILE"]
    assert [item["rev"] for item in found] == [2]
    assert finds("мария")


def test_the_longest_change_of_words_fits_into_a_transaction(dynamodb_client: Any, table: str) -> None:
    store_by_older_rules(" ".join(chr(number) for number in range(0x3300, 0x3328)))  # each stands for a whole word
    assert len(words(dynamodb_client, table)) == names.MAX_WORDS
    name = " ".join(chr(number) for number in range(0x3328, 0x3350))
    assert change(display_name=name)().status == 200
    assert words(dynamodb_client, table) == {word for word in names.words(name) if len(word) >= names.SHORTEST}
