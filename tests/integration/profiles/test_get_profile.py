"""GET /v1/users/me and /v1/users/{user_id}: created on the first call, read according to visibility."""

import re
from typing import Any

import pytest

from laurels import keys, table
from laurels.profiles.models import Part, Profile, PublicProfile
from profiles import get_me, get_profile
from tests.events import ADMIN, call, together, user
from tests.integration.profiles.people import ANNA, BORIS, settle, visible

HER = {"user_id": "anna"}
PRIVATE = {"phone_number", "last_login_at", "last_seen_at", "avatar_error"}
ALL = Profile.model_fields.keys() - set(Part)


def test_the_first_call_makes_the_profile_with_the_name_of_the_token() -> None:
    first = call(get_me.handler, caller=ANNA)
    assert (first.status, first.body["user_id"], first.body["display_name"]) == (200, "anna", "Анна Каренина")
    assert first.body.keys() == ALL
    again = call(get_me.handler, caller=ANNA | {"name": "Another"})
    assert (again.text, again.headers["etag"]) == (first.text, first.headers["etag"])


@pytest.mark.parametrize(
    ("name", "shown"),
    [("", "Learner"), (" \u200b\n ", "Learner"), ("x" * 200, "x" * 80), ("Jose\u0301\u202e", "Jos\u00e9")],
)
def test_a_name_in_a_token_is_cleaned_and_a_missing_one_gets_a_default(name: str, shown: str) -> None:
    assert call(get_me.handler, caller=user("anna", name=name)).body["display_name"] == shown


def test_twenty_first_calls_at_once_make_one_profile() -> None:
    answers = together([lambda: call(get_me.handler, caller=ANNA)] * 20)
    assert {(answer.status, answer.text, answer.headers["etag"]) for answer in answers} == {
        (200, answers[0].text, answers[0].headers["etag"])
    }
    stored = table.get(keys.profile("anna"))
    assert stored
    assert stored["rev"] == 1


def test_me_is_the_caller() -> None:
    call(get_me.handler, caller=ANNA)
    mine = call(get_profile.handler, path={"user_id": "me"}, caller=ANNA)
    assert mine.text == call(get_profile.handler, path=HER, caller=ANNA).text


def test_me_without_a_token_is_401() -> None:
    assert call(get_profile.handler, path={"user_id": "me"}).status == 401


def test_looking_makes_no_profile() -> None:
    for caller in (None, BORIS, ADMIN, ANNA):
        assert call(get_profile.handler, path=HER, caller=caller).status == 404
    assert table.get(keys.profile("anna")) is None


CALLERS = {"nobody": None, "another": BORIS, "admin": ADMIN, "owner": ANNA}


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize(
    ("fields", "may"),
    [
        ({}, {"nobody", "another", "admin", "owner"}),
        ({"preferences": visible(profile="public")}, {"nobody", "another", "admin", "owner"}),
        ({"preferences": visible(profile="users")}, {"another", "admin", "owner"}),
        ({"preferences": visible(profile="private")}, {"admin", "owner"}),
        ({"is_active": False}, {"admin", "owner"}),
    ],
    ids=["unsaid", "public", "users", "private", "inactive"],
)
def test_visibility_decides_and_other_callers_get_404(caller: str, fields: dict[str, Any], may: set[str]) -> None:
    settle(phone_number="+49301234567", last_seen_at="2026-11-20T18:22:05.000Z", **fields)
    answer = call(get_profile.handler, path=HER, caller=CALLERS[caller])
    if caller not in may:
        absent = call(get_profile.handler, path={"user_id": "absent"}, caller=CALLERS[caller])
        assert answer.status == 404
        assert unsigned(answer.text) == unsigned(absent.text)
    elif caller in ("admin", "owner"):
        assert answer.body.keys() == ALL
        assert answer.body["phone_number"] == "+49301234567"
    else:
        assert answer.body.keys() == PublicProfile.model_fields.keys() - set(Part) == ALL - PRIVATE
        assert "49301234567" not in answer.text


def unsigned(text: str) -> str:
    """A problem without the id of its request."""
    return re.sub(r'"request_id": "[^"]*"', "", text)


def test_an_unchanged_document_is_304() -> None:
    settle()
    etag = call(get_profile.handler, path=HER).headers["etag"]
    assert call(get_profile.handler, path=HER, headers={"if-none-match": etag}).status == 304
    # What the owner sees is another document, and so is what others see after a change.
    assert call(get_profile.handler, path=HER, caller=ANNA, headers={"if-none-match": etag}).status == 200
    settle(rev=2)
    assert call(get_profile.handler, path=HER, headers={"if-none-match": etag}).status == 200


@pytest.mark.parametrize("user_id", ["a b", "x" * 129, "é", "a#b"])
def test_an_id_that_cannot_be_a_user_s_is_404(user_id: str) -> None:
    assert call(get_profile.handler, path={"user_id": user_id}).status == 404
