"""POST and GET of /v1/users/{user_id}/sessions: what is registered is what is listed."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from laurels import clock, keys, table, tombstones
from laurels.sessions.models import Session
from laurels.table import UnknownOutcome
from laurels.writes import Delete, Update
from sessions import create_session, list_sessions
from tests.contents import contents
from tests.events import ADMIN, call, event, send, together, user
from tests.integration.profiles.people import bury, settle
from tests.integration.recorder import Recorder
from tests.integration.sessions.signing import (
    ME,
    Clock,
    device,
    sessions,
    sign_in,
    sign_in_by_service,
    sign_out,
    signed_in,
    stored,
)

PHONE: dict[str, Any] = {"device_type": "mobile", "device_name": "Телефон Анны 📱", "os": "Android 16"}


def test_a_user_s_own_session_is_registered_under_the_token_s_sid(moving: Clock) -> None:
    answer = sign_in("s-1", **PHONE)
    assert answer.status == 201
    assert answer.body == {
        "session_id": "s-1",
        **PHONE,
        "user_agent": "tests",
        "ip_address": "203.0.113.7",
        "created_at": clock.iso(moving.moment),
        "last_activity_at": clock.iso(moving.moment),
        "expires_at": clock.iso(moving.forward(days=30)),
        "is_current": True,
    }
    assert answer.body.keys() == Session.model_fields.keys()


def test_a_token_without_a_session_gets_one_with_a_new_id() -> None:
    answer = sign_in()
    assert (answer.status, answer.body["is_current"]) == (201, False)
    assert re.fullmatch("[0-9a-f]{32}", answer.body["session_id"])
    assert signed_in() == [answer.body["session_id"]]


def test_a_service_registers_for_a_user_and_lends_neither_its_sid_nor_its_address() -> None:
    service = {"sub": "auth-service", "scope": "users:write", "sid": "the-service's-own"}
    bare = sign_in_by_service(caller=service).body
    assert bare["session_id"] != "the-service's-own"
    assert (bare["user_agent"], bare["ip_address"], bare["is_current"]) == (None, None, False)
    entry = sign_in_by_service(user_agent="Firefox", ip_address="2001:DB8::0:1").body
    assert (entry["user_agent"], entry["ip_address"]) == ("Firefox", "2001:db8::1")
    assert len(signed_in()) == 2


@pytest.mark.parametrize(
    "caller", [user("boris"), ADMIN, user("boris", scope="users:read awards:write stats:write"), user("boris", sid="s")]
)
def test_other_callers_cannot_register_a_user_s_session(
    caller: dict[str, str], dynamodb_client: Any, table: str
) -> None:
    assert sign_in_by_service(caller=caller).status == 404
    assert contents(dynamodb_client, table) == []


@pytest.mark.parametrize(
    "caller", [user("boris"), user("boris", scope="users:write users:read"), user("boris", sid="s-1")]
)
def test_only_the_user_and_admins_see_the_sessions(caller: dict[str, str]) -> None:
    sign_in("s-1")
    assert sessions(caller, "anna").status == 404
    assert signed_in("anna") == ["s-1"]


def test_a_repeated_sid_is_the_same_session() -> None:
    first = sign_in("s-1", **PHONE)
    again = sign_in("s-1", device_type="desktop")
    assert (again.status, again.body) == (200, first.body)
    assert signed_in() == ["s-1"]


def test_the_same_sid_of_another_user_is_another_session() -> None:
    assert [sign_in("s-1").status, sign_in("s-1", "boris").status] == [201, 201]
    sign_out("s-1")
    assert (signed_in("anna"), signed_in("boris")) == ([], ["s-1"])


def test_a_session_that_has_ended_does_not_come_back(moving: Clock) -> None:
    sign_in("s-1")
    sign_in("s-2")
    sign_out("s-1")
    assert sign_in("s-1").status == 409
    moving.forward(days=30)
    assert sign_in("s-2").status == 409
    assert signed_in() == []


def test_twenty_registrations_of_one_sid_at_once_make_one_session() -> None:
    answers = together([lambda: sign_in("s-1")] * 20)
    assert sorted(answer.status for answer in answers) == [200] * 19 + [201]
    assert len({answer.text for answer in answers}) == 1
    assert signed_in() == ["s-1"]


def test_an_idempotency_key_makes_one_session_of_two_requests() -> None:
    first, again = (sign_in(headers={"idempotency-key": "k"}) for _ in range(2))
    assert (first.status, again) == (201, first)
    assert len(signed_in()) == 1


def test_a_registration_whose_answer_was_lost_is_not_made_twice(calls: Recorder) -> None:
    calls.fail("transact_write_items", UnknownOutcome(), after=True)
    answer = sign_in()
    assert answer.status == 201
    assert signed_in() == [answer.body["session_id"]]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("device_type", "toaster"),
        ("device_type", None),
        ("device_name", "x" * 101),
        ("device_name", "two\nlines"),
        ("os", " "),
        ("user_agent", "x" * 513),
        ("ip_address", "localhost"),
        ("ip_address", "10.0.0.1/8"),
        ("ip_address", "fe80::1%<script>"),
        ("ip_address", "1" * 46),
        ("session_id", "mine"),
        ("token", "eyJ"),
    ],
)
def test_invalid_values_are_422_and_named(field: str, value: Any, dynamodb_client: Any, table: str) -> None:
    answer = sign_in("s-1", **{field: value})
    assert (answer.status, answer.fields) == (422, [field])
    assert contents(dynamodb_client, table) == []


def test_a_request_s_user_agent_is_kept_as_far_as_it_can_be_shown() -> None:
    request = event(create_session.handler, path=ME, caller=device("s-1"), body={})
    request["requestContext"]["http"] = {"method": "POST", "userAgent": "A\x00\u202eB" + "x" * 600, "sourceIp": "::1"}
    answer = send(create_session.handler, request)
    assert (answer.status, answer.body["ip_address"]) == (201, "::1")
    assert answer.body["user_agent"] == "AB" + "x" * 510


def test_device_details_in_the_body_override_the_request_s() -> None:
    body = sign_in("s-1", user_agent="Firefox", ip_address="2001:db8::1").body
    assert (body["user_agent"], body["ip_address"]) == ("Firefox", "2001:db8::1")


def test_neither_a_token_nor_a_hash_of_one_is_stored_or_returned(dynamodb_client: Any, table: str) -> None:
    answer = sign_in("s-1", **PHONE)
    (session,) = (item for item in contents(dynamodb_client, table) if item["SK"].startswith("SESSION#"))
    assert session.keys() == {
        *("PK", "SK", "v", "session_id", "device_type", "device_name", "os", "user_agent", "ip_address"),
        *("created_at", "last_activity_at", "ends_at", "expires_at", "origin"),
    }
    shown = answer.text + str(contents(dynamodb_client, table))
    assert "eyJ0b2tlbiI" not in shown  # the token of the request begins so
    assert "Bearer" not in shown


def test_the_list_shows_the_most_recently_active_first_and_which_one_asks(moving: Clock) -> None:
    for sid in ("s-1", "s-2", "s-3"):
        sign_in(sid)
        moving.forward(minutes=1)
    active = {"last_activity_at": clock.iso(moving.moment)}
    table.write(Update(keys.session("anna", "s-1"), set=active))
    listed = sessions(device("s-2")).body
    assert [each["session_id"] for each in listed["items"]] == ["s-1", "s-3", "s-2"]
    assert [each["session_id"] for each in listed["items"] if each["is_current"]] == ["s-2"]
    assert listed["next_cursor"] is None


def test_an_admin_s_own_sid_is_not_the_user_s_session() -> None:
    sign_in("s-1")
    (seen,) = sessions(ADMIN | {"sid": "s-1"}, "anna").body["items"]
    assert seen["is_current"] is False


def test_pages_lose_and_repeat_nothing(moving: Clock) -> None:
    for number in range(5):
        sign_in(f"s-{number}")
        moving.forward(seconds=number % 2)  # some at the same moment
    whole = [each["session_id"] for each in sessions().body["items"]]
    paged: list[str] = []
    query: dict[str, Any] = {"limit": "2"}
    while True:
        page = sessions(**query).body
        paged += [each["session_id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert paged == whole
    assert len(whole) == 5
    cursor = sessions(limit="2").body["next_cursor"]
    assert call(list_sessions.handler, path=ME, caller=user("boris"), query={"cursor": cursor}).status == 400


def test_a_user_who_never_signed_in_has_no_sessions() -> None:
    assert sessions().body == {"items": [], "next_cursor": None}


def test_signing_in_is_seen_in_the_profile_and_changes_nothing_else_of_it(moving: Clock) -> None:
    before = settle()
    moving.forward(hours=1)
    sign_in("s-1")
    assert table.get(keys.profile("anna"), consistent=True) == before | {"last_login_at": clock.iso(moving.moment)}
    moving.forward(hours=1)
    sign_in("s-1")  # the same session: no new sign-in
    sign_in_by_service()
    profile = table.get(keys.profile("anna"), consistent=True)
    assert profile == before | {"last_login_at": clock.iso(moving.moment)}


def test_signing_in_makes_no_profile() -> None:
    assert sign_in("s-1").status == 201
    assert table.get(keys.profile("anna"), consistent=True) is None


def test_an_erased_user_cannot_sign_in(calls: Recorder) -> None:
    bury()
    assert sign_in_by_service().status == 410
    beginnings: list[Callable[[], object]] = [settle, lambda: table.write(Delete(keys.profile("anna")))]
    for begin in beginnings:
        table.write(Delete(tombstones.key("anna")))
        begin()
        calls.meanwhile("transact_write_items", bury)
        assert sign_in("s-1").status == 410
        assert table.query(keys.session("anna"), consistent=True).items == []
    assert "last_login_at" not in (table.get(keys.profile("anna"), consistent=True) or {})


def test_a_session_is_forgotten_as_long_after_its_end_as_it_lasted(
    moving: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SESSION_DAYS", "7")
    sign_in("s-1")
    item, guard = stored("s-1"), table.get(keys.sessions_guard("anna"), consistent=True)
    assert guard
    assert item["ends_at"] == clock.iso(moving.forward(days=7))
    assert item["expires_at"] == guard["expires_at"] == int(moving.forward(days=7).timestamp())


def test_the_guard_lives_as_long_as_the_longest_session(moving: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in("s-1")
    monkeypatch.setenv("SESSION_DAYS", "7")  # from now on they are shorter
    sign_in("s-2")
    guard = table.get(keys.sessions_guard("anna"), consistent=True)
    assert guard
    assert guard["expires_at"] == stored("s-1")["expires_at"] > stored("s-2")["expires_at"]
