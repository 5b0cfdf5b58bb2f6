"""PATCH /v1/users/{user_id}: the fields that were sent change, and no others."""

from functools import partial
from typing import Any

import pytest

from laurels import keys, table
from laurels.errors import Unavailable
from privacy import start_erasure
from profiles import get_me, get_profile
from tests.contents import contents
from tests.events import ADMIN, AWARDER, call, together
from tests.integration.profiles.people import ANNA, BORIS, HER, ME, patch, settle, stored
from tests.integration.recorder import Recorder

USERS_SERVICE = {"sub": "auth-service", "scope": "users:write"}
PICTURE = "https://pictures.example.org/anna.png"
FULL: dict[str, Any] = {
    "display_name": "Анна К.",
    "about": "Читаю 📚\nи пишу",
    "social_links": [{"network": "GitHub", "url": "https://github.com/anna"}],
    "location": "תל אביב",
    "website": "https://anna.example.org/?a=1",
    "phone_number": "+49301234567",
    "language": "ru",
}


def test_all_fields_are_kept_as_they_were_sent() -> None:
    settle()
    answer = patch(FULL)
    assert answer.status == 200
    assert {name: answer.body[name] for name in FULL} == FULL
    seen = call(get_profile.handler, path=HER, caller=ANNA)
    assert (seen.text, seen.headers["etag"]) == (answer.text, answer.headers["etag"])


def test_absent_fields_stay_and_null_clears() -> None:
    settle()
    patch(FULL)
    answer = patch({"about": None, "phone_number": None, "social_links": None, "location": "Berlin"})
    assert answer.body["display_name"] == "Анна К."
    assert (answer.body["about"], answer.body["phone_number"], answer.body["social_links"]) == (None, None, [])
    assert answer.body["location"] == "Berlin"
    assert not {"about", "phone_number", "social_links"} & stored().keys()


def test_an_absent_field_can_be_cleared() -> None:
    settle()
    assert patch({"website": None}).status == 200


def test_the_first_patch_makes_the_profile() -> None:
    answer = patch({"about": "Hello"})
    assert (answer.status, answer.body["about"], answer.body["display_name"]) == (200, "Hello", "Анна Каренина")
    assert answer.body["created_at"] <= answer.body["updated_at"]
    assert call(get_me.handler, caller=ANNA).text == answer.text


def test_twenty_patches_of_different_fields_at_once_all_hold() -> None:
    settle()
    patches = [{name: value} for name, value in FULL.items()] * 3
    answers = together([partial(patch, body) for body in patches[:20]])
    assert {answer.status for answer in answers} == {200}
    assert {name: stored()[name] for name in FULL} == FULL
    assert stored()["rev"] == 1 + len(FULL)  # each of them was a change once


def test_twenty_first_patches_at_once_all_hold_too() -> None:
    patches = [{name: value} for name, value in FULL.items()] * 3
    answers = together([partial(patch, body) for body in patches[:20]])
    assert {answer.status for answer in answers} == {200}
    assert {name: stored()[name] for name in FULL} == FULL


WRONG: dict[str, list[Any]] = {
    "display_name": [None, "", "  ", "x" * 81, "two\nlines", 5, ["Anna"], "a\x00b", "\u202eanna"],
    "about": ["x" * 2001, 5, {}, "\x1b[31m"],
    "location": ["x" * 101, True, "", "\u3164", "a\nb"],
    "website": [
        "javascript:alert(1)",
        "ftp://example.org",
        "https://exa mple.org",
        "https://",
        "example.org",
        "https://example.org/" + "x" * 2048,
        "",
        7,
    ],
    "phone_number": [
        "49301234567",
        "+0301234567",
        "+49 30 1234567",
        "+49",
        "+4930123456789012",
        "",
        "+４９３０",
        49301234567,
    ],
    "language": ["english", "E", "", "en_US", "en-u", "x-en", 1],
    "social_links": [
        [{"network": "x", "url": "https://example.org"}] * 21,
        [{"network": "x"}],
        [{"url": "https://example.org"}],
        [{"network": "", "url": "https://example.org"}],
        [{"network": "x" * 41, "url": "https://example.org"}],
        [{"network": "x", "url": "data:text/html,x"}],
        [{"network": "x", "url": "https://example.org", "colour": "red"}],
        ["https://example.org"],
        {"network": "x", "url": "https://example.org"},
    ],
    "is_verified": [None, "true", 1],
    "is_active": [None, 0],
    "email": ["anna@example.org"],
    "user_id": ["boris"],
    "points": [1_000_000],
    "created_at": ["2026-11-20T18:22:05Z"],
    "avatar_url": ["http://example.org/a.png", "javascript:alert(1)", "example.org/a.png", "", 5, "https://a@b.org"],
    "PK": ["USER#boris"],
    "rev": [1],
}


@pytest.mark.parametrize("field", WRONG)
def test_a_wrong_or_unknown_field_is_422_is_named_and_nothing_changes(
    field: str, dynamodb_client: Any, table: str
) -> None:
    settle()
    before = contents(dynamodb_client, table)
    for value in WRONG[field]:
        answer = patch({"about": "Good"} | {field: value}, caller=ADMIN, path=HER)
        assert answer.status == 422, value
        assert {name.partition(".")[0] for name in answer.fields} == {field}
    assert contents(dynamodb_client, table) == before


def test_twenty_social_links_are_fine() -> None:
    settle()
    links = [{"network": f"Network {number}", "url": "https://example.org/" + "ю" * 300} for number in range(20)]
    assert patch({"social_links": links}).body["social_links"] == links


def test_users_cannot_verify_deactivate_or_picture_themselves() -> None:
    settle()
    for field, value in (("is_verified", True), ("is_active", True), ("avatar_url", PICTURE), ("avatar_url", None)):
        for caller in (ANNA, ANNA | {"scope": "users:read awards:write"}):
            answer = patch({field: value, "about": "x"}, caller=caller)
            assert (answer.status, answer.body["code"]) == (403, "forbidden")
    assert stored()["rev"] == 1


@pytest.mark.parametrize("caller", [ADMIN, USERS_SERVICE], ids=["admin", "service"])
def test_an_admin_or_a_service_verifies_and_deactivates(caller: dict[str, str]) -> None:
    settle(phone_number="+49301234567")
    answer = patch({"is_verified": True, "is_active": False}, caller=caller, path=HER)
    assert (answer.status, answer.body["is_verified"], answer.body["is_active"]) == (200, True, False)
    assert ("phone_number" in answer.body) is (caller is ADMIN)
    assert call(get_profile.handler, path=HER).status == 404
    assert patch({"is_active": True}, caller=caller, path=HER).status == 200
    assert call(get_profile.handler, path=HER).status == 200


@pytest.mark.parametrize("caller", [ADMIN, USERS_SERVICE], ids=["admin", "service"])
def test_an_admin_or_a_service_carries_a_picture_over(caller: dict[str, str]) -> None:
    settle()
    answer = patch({"avatar_url": PICTURE}, caller=caller, path=HER)
    assert (answer.status, answer.body["avatar_url"]) == (200, PICTURE)
    assert call(get_profile.handler, path=HER).body["avatar_url"] == PICTURE
    assert patch({"avatar_url": None}, caller=caller, path=HER).body["avatar_url"] is None


@pytest.mark.parametrize("body", [{}, FULL, {"about": FULL["about"]}, {"display_name": "Анна К."}, {"is_active": True}])
@pytest.mark.parametrize("current", [False, True], ids=["without If-Match", "with If-Match"])
def test_a_patch_that_changes_nothing_writes_nothing(body: dict[str, Any], current: bool, calls: Recorder) -> None:
    settle()
    patch(FULL)
    before, etag = stored(), call(get_me.handler, caller=ANNA).headers["etag"]
    calls.made.clear()
    answer = patch(body, caller=ADMIN, path=HER, etag=etag if current else None)
    assert (answer.status, answer.headers["etag"]) == (200, etag)
    assert calls.operations() == ["batch_get_item"]
    assert stored() == before


def test_a_patch_that_changes_one_field_takes_one_read_and_one_write(calls: Recorder) -> None:
    settle()
    patch({"about": "x"})
    calls.made.clear()
    patch({"about": "y"})
    assert calls.operations() == ["batch_get_item", "update_item"]


def test_a_service_changes_nothing_else() -> None:
    settle()
    for body in ({"about": "x"}, {"is_verified": True, "display_name": "x"}, {"is_active": False, "about": None}):
        assert patch(body, caller=USERS_SERVICE, path=HER).status == 403
    assert stored()["rev"] == 1


@pytest.mark.parametrize("caller", [BORIS, AWARDER])
def test_the_profile_of_another_does_not_exist_for_a_patch(caller: dict[str, str]) -> None:
    settle()
    assert patch({"about": "x"}, caller=caller, path=HER).status == 404
    assert stored()["rev"] == 1


def test_an_admin_s_patch_creates_no_profile() -> None:
    assert patch({"about": "x"}, caller=ADMIN, path=HER).status == 404
    assert table.get(keys.profile("anna")) is None


def test_a_user_erased_before_the_first_patch_stays_erased(calls: Recorder) -> None:
    calls.meanwhile("transact_write_items", lambda: call(start_erasure.handler, path=ME, caller=ANNA))
    assert patch({"about": "x"}).status in (404, 410)  # found by the write, or by the read of its retry
    assert table.get(keys.profile("anna")) is None


@pytest.mark.parametrize("after", [False, True])
def test_a_table_that_does_not_answer_is_503(calls: Recorder, after: bool) -> None:
    for operation, handler in (("batch_get_item", get_me.handler), ("batch_get_item", get_profile.handler)):
        calls.fail(operation, Unavailable(), after=after)
        answer = call(handler, path=ME, caller=ANNA)
        assert (answer.status, answer.headers["retry-after"], answer.body["code"]) == (503, "1", "unavailable")
