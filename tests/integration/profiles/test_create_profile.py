"""POST /v1/users: a user, a service or an admin creates a profile."""

from functools import partial
from typing import Any

import pytest

from laurels import keys, table
from laurels.errors import Unavailable
from privacy import start_erasure
from profiles import create_profile, get_me, get_profile
from tests.contents import contents
from tests.events import ADMIN, AWARDER, Answer, call, together, user
from tests.integration.profiles.people import ANNA, BORIS
from tests.integration.recorder import Recorder

SERVICE = {"sub": "auth-service", "scope": "users:write"}
DRAFT = {"user_id": "anna", "display_name": "Анна К.", "language": "ru", "phone_number": "+49301234567"}


def create(body: Any, caller: dict[str, str] = SERVICE, key: str | None = None) -> Answer:
    headers = {} if key is None else {"idempotency-key": key}
    return call(create_profile.handler, caller=caller, body=body, headers=headers)


@pytest.mark.parametrize("caller", [SERVICE, ADMIN, ANNA], ids=["service", "admin", "self"])
def test_a_profile_is_made_as_it_was_sent(caller: dict[str, str]) -> None:
    answer = create(DRAFT, caller)
    assert (answer.status, answer.body["user_id"], answer.body["display_name"]) == (201, "anna", "Анна К.")
    assert ("phone_number" in answer.body) is (caller is not SERVICE)
    mine = call(get_me.handler, caller=ANNA)
    assert {name: mine.body[name] for name in DRAFT} == DRAFT
    assert answer.headers["etag"].partition("-")[0] == mine.headers["etag"].partition("-")[0]


@pytest.mark.parametrize("body", [{}, {"user_id": "me"}, {"user_id": "anna"}])
def test_without_an_id_it_is_the_caller_s_own_with_the_name_of_the_token(body: dict[str, str]) -> None:
    answer = create(body, ANNA)
    assert (answer.status, answer.body["user_id"], answer.body["display_name"]) == (201, "anna", "Анна Каренина")


def test_the_name_in_a_service_s_token_is_not_used() -> None:
    assert create({"user_id": "anna"}, SERVICE | {"name": "Auth"}).body["display_name"] == "Learner"


def test_null_is_as_good_as_nothing() -> None:
    assert create({"about": None, "website": None}, ANNA).status == 201
    assert not {"about", "website"} & (table.get(keys.profile("anna")) or {}).keys()


@pytest.mark.parametrize("caller", [BORIS, AWARDER, user("x", scope="users:read")])
def test_other_callers_cannot_create_a_user_s_profile(caller: dict[str, str]) -> None:
    assert create(DRAFT, caller).status == 403
    assert table.get(keys.profile("anna")) is None


def test_an_existing_one_is_409_and_stays_as_it_is(dynamodb_client: Any, table: str) -> None:
    call(get_me.handler, caller=ANNA)
    before = contents(dynamodb_client, table)
    for caller in (SERVICE, ADMIN, ANNA):
        assert create(DRAFT, caller).status == 409
    assert contents(dynamodb_client, table) == before


def test_a_repeated_request_gets_the_first_response() -> None:
    first = create(DRAFT, key="k-1")
    assert create(DRAFT, key="k-1").text == first.text
    assert create(DRAFT | {"about": "x"}, key="k-1").status == 422
    assert create(DRAFT, key="k-2").status == 409


def test_a_client_that_lost_the_response_may_repeat(calls: Recorder) -> None:
    calls.meanwhile("transact_write_items", lambda: None)  # the claim of the key
    calls.meanwhile("transact_write_items", partial(calls.fail, "transact_write_items", Unavailable(), after=True))
    assert create(DRAFT, key="k-1").status == 201
    assert create(DRAFT, key="k-1").status == 201


def test_of_twenty_at_once_one_is_made() -> None:
    answers = together([partial(create, DRAFT | {"about": f"Number {n}"}) for n in range(20)])
    assert sorted(answer.status for answer in answers) == [201] + [409] * 19
    (made,) = (answer for answer in answers if answer.status == 201)
    assert call(get_profile.handler, path={"user_id": "anna"}).body["about"] == made.body["about"]


@pytest.mark.parametrize("user_id", ["search", ".", "..", "a b", "", "x" * 129, "a/b", "a#b", 5, None])
def test_a_reserved_id_is_refused(user_id: Any) -> None:
    answer = create({"user_id": user_id}, ADMIN)
    assert (answer.status, answer.fields) == (422, ["user_id"])


@pytest.mark.parametrize("sub", ["search", "me"])
def test_a_token_of_a_reserved_name_gets_no_profile(sub: str) -> None:
    assert call(get_me.handler, caller=user(sub)).status == 403
    assert table.get(keys.profile(sub)) is None


def test_only_admins_and_services_set_their_fields() -> None:
    trusted = {"is_verified": True, "is_active": False}
    assert create(trusted, ANNA).status == 403
    answer = create(DRAFT | trusted)
    assert (answer.status, answer.body["is_verified"], answer.body["is_active"]) == (201, True, False)
    assert call(get_profile.handler, path={"user_id": "anna"}).status == 404


def test_an_erased_user_s_profile_cannot_be_created() -> None:
    call(get_me.handler, caller=ANNA)
    call(start_erasure.handler, path={"user_id": "me"}, caller=ANNA)
    for caller in (SERVICE, ADMIN, ANNA):
        assert create(DRAFT, caller).status == 410


def test_it_can_be_found_and_listed_at_once(dynamodb_client: Any, table: str) -> None:
    create(DRAFT)
    stored = {(item["PK"], item["SK"]): item for item in contents(dynamodb_client, table)}
    created_at = stored[keys.profile("anna")]["created_at"]
    listed = {keys.newest_user(created_at, "anna"), keys.user_by_id("anna"), keys.name_word("анна", "anna")}
    assert listed <= stored.keys()


@pytest.mark.parametrize(("caller", "status"), [(SERVICE, 201), (ADMIN, 201), (ANNA, 403)])
def test_admins_and_services_carry_a_picture_over(caller: dict[str, str], status: int) -> None:
    answer = create(DRAFT | {"avatar_url": "https://pictures.example.org/anna.png"}, caller)
    assert answer.status == status
    if status == 201:
        assert answer.body["avatar_url"] == "https://pictures.example.org/anna.png"
