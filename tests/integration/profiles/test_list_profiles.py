"""GET /v1/users: all users, for admins and services."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from laurels import clock, keys
from laurels.attribute_values import pack_item
from laurels.profiles.models import Part, Profile, PublicProfile
from privacy import start_erasure
from profiles import list_profiles, update_profile
from tests.events import ADMIN, AWARDER, call, user
from tests.integration.achievements.catalogue import adhoc, award
from tests.integration.profiles.people import ANNA, join, pages, visible
from tests.integration.recorder import Recorder

READER = {"sub": "a-service", "scope": "users:read"}
NAMES = ["carl", "anna", "eve", "boris", "dora"]


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Their ids, in the order of their coming."""
    for number, name in enumerate(NAMES):
        now = datetime(2026, 11, 20, tzinfo=UTC) + timedelta(milliseconds=number)
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        join(name, name.title(), phone_number="+49301234567", preferences=visible(profile="private"))
    return NAMES


def listed(caller: dict[str, str] = ADMIN, **query: str) -> list[str]:
    return [item["user_id"] for page in pages(list_profiles.handler, caller, **query) for item in page.body["items"]]


@pytest.mark.parametrize("limit", ["1", "2", "3", "5", "100"])
def test_the_newest_come_first_or_all_by_id(crowd: list[str], limit: str) -> None:
    assert listed(limit=limit) == listed(limit=limit, order="newest") == crowd[::-1]
    assert listed(limit=limit, order="id") == sorted(crowd)


def test_inactive_users_can_be_filtered(crowd: list[str]) -> None:
    for name in ("anna", "dora"):
        call(update_profile.handler, path={"user_id": name}, caller=ADMIN, body={"is_active": False})
    assert listed(limit="1", is_active="true") == ["boris", "eve", "carl"]
    assert listed(limit="1", is_active="false", order="id") == ["anna", "dora"]
    assert listed() == crowd[::-1]


def test_an_erased_user_is_not_listed(crowd: list[str]) -> None:
    call(start_erasure.handler, path={"user_id": "anna"}, caller=ANNA)
    assert "anna" not in listed() + listed(order="id") + listed(is_active="false")


@pytest.mark.usefixtures("crowd")
def test_only_admins_see_private_fields() -> None:
    for caller, fields in ((ADMIN, Profile.model_fields), (READER, PublicProfile.model_fields)):
        (page,) = pages(list_profiles.handler, caller)
        assert {frozenset(item) for item in page.body["items"]} == {frozenset(fields.keys() - set(Part))}
        assert ("+49301234567" in page.text) is (caller is ADMIN)


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("caller", [ANNA, AWARDER, user("x", scope="users:write"), user("x", roles="users:read")])
def test_it_is_for_admins_and_services(caller: dict[str, str]) -> None:
    assert call(list_profiles.handler, caller=caller).status == 403


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("query", [{"order": "name"}, {"is_active": "perhaps"}, {"limit": "101"}])
def test_invalid_query_parameters_are_named(query: dict[str, str]) -> None:
    assert call(list_profiles.handler, caller=ADMIN, query=query).fields == list(query)


@pytest.mark.usefixtures("crowd")
def test_a_cursor_is_of_its_order() -> None:
    cursor = call(list_profiles.handler, caller=ADMIN, query={"limit": "1"}).body["next_cursor"]
    for query in ({"order": "id"}, {"is_active": "true"}):
        assert call(list_profiles.handler, caller=ADMIN, query={"cursor": cursor, **query}).status == 400


def test_a_profile_in_a_list_has_its_points() -> None:
    join("anna", "Anna")
    award(adhoc("olympiad") | {"points": 150})
    (page,) = pages(list_profiles.handler, ADMIN)
    assert [(item["user_id"], item["points"]) for item in page.body["items"]] == [("anna", 150)]


def test_a_user_who_changes_while_a_page_is_read_is_shown_consistently(crowd: list[str], calls: Recorder) -> None:
    calls.meanwhile("batch_get_item", lambda: call(start_erasure.handler, path={"user_id": "anna"}, caller=ANNA))
    assert listed() == [name for name in crowd[::-1] if name != "anna"]
    off = {"is_active": False}
    calls.meanwhile(
        "batch_get_item", lambda: call(update_profile.handler, path={"user_id": "eve"}, caller=ADMIN, body=off)
    )
    assert listed(is_active="true") == ["dora", "boris", "carl"]


def test_a_few_among_many_are_found_in_few_pages(dynamodb_client: Any, table: str, calls: Recorder) -> None:
    join("zoe", "Zoe", is_active=False)
    many = [{**keys.user_by_id(f"u{number:04}")._asdict(), "v": 1, "is_active": True} for number in range(1000)]
    for at in range(0, len(many), 25):
        requests = [{"PutRequest": {"Item": pack_item(item)}} for item in many[at : at + 25]]
        assert not dynamodb_client.batch_write_item(RequestItems={table: requests})["UnprocessedItems"]
    calls.made.clear()
    found = list(pages(list_profiles.handler, ADMIN, order="id", is_active="false", limit="1"))
    assert [item["user_id"] for page in found for item in page.body["items"]] == ["zoe"]
    assert len(found) <= 4
    assert calls.operations().count("query") == keys.USER_LIST_SHARDS * len(found)


def test_a_page_is_a_query_of_each_partition_and_one_request_for_the_profiles(
    crowd: list[str], calls: Recorder
) -> None:
    answer: Any = call(list_profiles.handler, caller=ADMIN)
    assert len(answer.body["items"]) == len(crowd)
    assert calls.operations() == ["query"] * keys.USER_LIST_SHARDS + ["batch_get_item"]
