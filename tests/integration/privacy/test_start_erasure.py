"""DELETE /v1/users/{user_id}: the user disappears at once from every response."""

import json
import re
from typing import Any

import pytest

from laurels import keys, table
from laurels.errors import Unavailable
from laurels.leaderboards import computing
from laurels.standings import service as standings
from laurels.standings.models import Listing
from laurels.table import UnknownOutcome
from leaderboards.get_board import handler as get_board
from leaderboards.get_summary import handler as get_summary
from leaderboards.get_user_rank import handler as get_user_rank
from preferences import get_preferences, update_preferences
from privacy import start_erasure
from profiles import get_me, get_profile, update_profile
from sessions import create_session, list_sessions
from tests.contents import clear, contents
from tests.events import ADMIN, AWARDER, Answer, call, together, user
from tests.integration.achievements.catalogue import adhoc, award
from tests.integration.privacy.erasing_and_exporting import World
from tests.integration.profiles.people import ANNA, BORIS, join
from tests.integration.recorder import Recorder

HER, ME = {"user_id": "anna"}, {"user_id": "me"}


def leave(caller: dict[str, str] = ANNA, path: dict[str, str] = ME) -> Answer:
    return call(start_erasure.handler, path=path, caller=caller)


@pytest.mark.parametrize(("caller", "path"), [(ANNA, ME), (ANNA, HER), (ADMIN, HER)])
def test_the_owner_or_an_admin_starts_an_erasure(caller: dict[str, str], path: dict[str, str]) -> None:
    join("anna", "Anna")
    answer = leave(caller, path)
    assert answer.status == 202
    assert answer.body.keys() == {"erasure_id"}
    assert re.fullmatch("[0-9a-f]{32}", answer.body["erasure_id"])
    note = table.get(keys.erasure(answer.body["erasure_id"]))
    assert note
    assert (note["user_id"], note["status"]) == ("anna", "pending")


@pytest.mark.parametrize("caller", [BORIS, AWARDER, user("x", scope="users:write users:read")])
def test_other_callers_are_refused(caller: dict[str, str], dynamodb_client: Any, table: str) -> None:
    join("anna", "Anna")
    before = contents(dynamodb_client, table)
    assert leave(caller, HER).status == 404
    assert contents(dynamodb_client, table) == before


def test_an_admin_cannot_erase_an_unknown_user(dynamodb_client: Any, table: str) -> None:
    assert leave(ADMIN, HER).status == 404
    assert contents(dynamodb_client, table) == []


def test_a_user_without_a_profile_can_be_erased() -> None:
    assert leave().status == 202
    assert call(get_me.handler, caller=ANNA).status == 410


def test_an_admin_can_erase_a_user_without_a_profile() -> None:
    award(adhoc("olympiad"))
    assert leave(ADMIN, HER).status == 202
    assert standings.get("anna").listing is Listing.HIDDEN


def test_the_first_sweep_follows_also_where_the_response_of_the_write_was_lost(calls: Recorder, world: World) -> None:
    join("anna", "Anna")
    calls.fail("transact_write_items", UnknownOutcome(), after=True)
    assert leave().status == 202
    (first,) = world.messages()["ErasuresQueue"]  # that of the last sweep is not visible yet
    assert json.loads(first)["last"] is False


def test_a_repeated_deletion_returns_the_same_erasure() -> None:
    join("anna", "Anna")
    first = leave()
    assert leave().text == leave(ADMIN, HER).text == first.text


def test_twenty_at_once_are_one_erasure(dynamodb_client: Any, table: str) -> None:
    join("anna", "Anna")
    answers = together([leave] * 20)
    assert {(answer.status, answer.text) for answer in answers} == {(202, answers[0].text)}
    assert len([item for item in contents(dynamodb_client, table) if item["SK"] == "ERASURE"]) == 1


def test_concurrent_changes_do_not_make_an_erased_user_findable(dynamodb_client: Any, table: str) -> None:
    for _ in range(5):
        join("anna", "Anna")
        names: list[Any] = [
            lambda n=n: call(update_profile.handler, path=HER, caller=ANNA, body={"display_name": f"Name{n}"})
            for n in range(4)
        ]
        answers = together([*names, leave, lambda: call(get_me.handler, caller=ANNA)])
        assert {answer.status for answer in answers} <= {200, 202, 404, 410}
        items = contents(dynamodb_client, table)
        assert {item["PK"].partition("#")[0] for item in items} == {"TOMBSTONE", "STANDING", "ERASURE"}
        clear(dynamodb_client, table)


def test_a_repetition_after_a_lost_response_succeeds(calls: Recorder) -> None:
    join("anna", "Anna")
    calls.fail("transact_write_items", Unavailable(), after=True)
    assert leave().text == leave().text


def test_an_erased_profile_cannot_be_seen_or_changed(dynamodb_client: Any, table: str) -> None:
    join("anna", "Anna", phone_number="+49301234567")
    leave()
    before = contents(dynamodb_client, table)
    for caller in (None, BORIS, ADMIN, ANNA):
        assert call(get_profile.handler, path=HER, caller=caller).status == 404
    for caller in (ANNA, ADMIN):
        for body in ({"about": "x"}, {"display_name": "X"}):
            assert call(update_profile.handler, path=HER, caller=caller, body=body).status in (404, 410)
        assert call(get_preferences.handler, path=HER, caller=caller).status == 404
        assert call(update_preferences.handler, path=HER, caller=caller, body={"theme": "dark"}).status == 404
    assert call(update_profile.handler, path=HER, caller=ADMIN, body={"is_active": True}).status == 404
    assert contents(dynamodb_client, table) == before


def test_looking_at_oneself_makes_no_new_profile() -> None:
    join("anna", "Anna")
    leave()
    answer = call(get_me.handler, caller=ANNA)
    assert (answer.status, answer.body["code"]) == (410, "gone")


def test_all_sessions_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_ACTIVE_SESSIONS", "5")
    monkeypatch.setenv("SESSION_DAYS", "30")
    join("anna", "Anna")
    for number in range(3):
        assert call(create_session.handler, path=ME, caller=ANNA | {"sid": f"s{number}"}, body={}).status == 201
    leave()
    assert call(list_sessions.handler, path=ME, caller=ANNA).status == 410


def test_boards_lose_the_name_at_once_and_the_place_with_the_next_run() -> None:
    for who in ("anna", "boris"):
        join(who, who.title())
        award(adhoc("olympiad", points=len(who)), user_id=who)
    computing.compute()
    rank = {"board": "points", "user_id": "anna"}
    assert call(get_user_rank, path=rank).status == 200
    leave()
    for answer in (call(get_board, path={"board": "points"}), call(get_summary)):
        assert answer.status == 200
        assert "boris" in answer.text
        assert "anna" not in answer.text.lower()
    for caller in (None, BORIS, ANNA, ADMIN):
        assert call(get_user_rank, path=rank, caller=caller).status == 404
    computing.compute()
    assert call(get_board, path={"board": "points"}).body["total"] == 1
    assert call(get_summary).body["users"] == 1
