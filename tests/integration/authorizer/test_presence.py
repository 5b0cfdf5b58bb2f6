"""The authorizer and the table: it refuses erased users and revoked sessions, and records when a user was seen."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest

from authorizer import authorize
from laurels import clock, keys, table
from laurels.errors import Unavailable
from laurels.table import Contended, Throttled, UnknownOutcome
from laurels.writes import Delete, Update
from tests.contents import contents
from tests.integration.profiles.people import bury, settle
from tests.integration.recorder import Recorder
from tests.integration.sessions.signing import Clock, device, sign_in, sign_out, sign_out_all, stored

SECRET = "a secret of the tests, long enough for HS256"
READ, NOTE = "batch_get_item", "update_item"


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_ALGORITHM", "HS256")
    monkeypatch.setenv("JWT_SECRET", SECRET)


@pytest.fixture
def moving(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moving = Clock()
    monkeypatch.setattr(clock, "now", lambda: moving.moment)
    return moving


def ask(sid: str = "", sub: str = "anna", **claims: Any) -> dict[str, Any]:
    """What the authorizer says to a good token, however far the test has moved the clock."""
    claims |= {"sub": sub, "exp": 4_000_000_000} | ({"sid": sid} if sid else {})
    token = jwt.encode(claims, SECRET, algorithm="HS256")
    return authorize.handler({"headers": {"authorization": f"Bearer {token}"}, "requestContext": {}}, None)


def lets_in(sid: str = "", sub: str = "anna") -> bool:
    return bool(ask(sid, sub)["isAuthorized"])


def profile() -> dict[str, Any]:
    item = table.get(keys.profile("anna"), consistent=True)
    assert item
    return item


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The authorizer's own lines."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"level": "WARNING"' in line]


def test_an_unknown_user_and_session_are_admitted_and_nothing_is_written(
    calls: Recorder, dynamodb_client: Any, table: str
) -> None:
    assert ask("s-1") == {"isAuthorized": True, "context": {"sub": "anna", "sid": "s-1"}}
    assert calls.operations() == [READ]
    assert contents(dynamodb_client, table) == []


def test_a_revoked_session_is_refused_and_the_others_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    sign_in("s-1")
    sign_in("s-2")
    assert lets_in("s-1")
    sign_out("s-1")
    logged(capsys)
    assert ask("s-1") == {"isAuthorized": False}
    assert [line["reason"] for line in logged(capsys)] == ["session_is_revoked"]
    assert lets_in("s-2")
    assert lets_in()


def test_a_session_of_another_user_with_the_same_id_is_another() -> None:
    sign_in("s-1")
    sign_in("s-1", "boris")
    sign_out("s-1")
    assert (lets_in("s-1"), lets_in("s-1", "boris")) == (False, True)


def test_the_least_recently_active_of_six_devices_is_refused(moving: Clock) -> None:
    for number in range(1, 6):
        sign_in(f"s-{number}")
        moving.forward(minutes=2)
    assert lets_in("s-1")  # active again, so s-2 is the one to go
    moving.forward(minutes=2)
    sign_in("s-6")
    assert [lets_in(f"s-{number}") for number in range(1, 7)] == [True, False, True, True, True, True]


def test_others_leaves_the_caller_s_token_alone() -> None:
    for sid in ("s-1", "s-2", "s-3"):
        sign_in(sid)
    sign_out_all("others", device("s-2"))
    assert [lets_in(sid) for sid in ("s-1", "s-2", "s-3")] == [False, True, False]


def test_an_expired_session_is_refused_until_its_tokens_are_dead(
    moving: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    sign_in("s-1")
    moving.forward(days=30, seconds=-1)
    assert lets_in("s-1")
    moving.forward(seconds=1)
    assert not lets_in("s-1")
    assert logged(capsys)[-1]["reason"] == "session_is_expired"
    moving.forward(days=30, seconds=-1)
    assert stored("s-1")["expires_at"] > moving.moment.timestamp(), "DynamoDB still holds it"


def test_an_erased_user_is_refused_with_any_token(capsys: pytest.CaptureFixture[str]) -> None:
    sign_in("s-1")
    settle(erased_at="2026-11-20T18:22:05.000Z")
    logged(capsys)
    assert not lets_in()
    assert not lets_in("s-1")
    assert [line["reason"] for line in logged(capsys)] == ["user_is_erased"] * 2
    bury()
    assert not lets_in()
    assert not lets_in("s-1")
    assert [line["reason"] for line in logged(capsys)] == ["user_is_erased"] * 2


def test_the_language_is_the_one_that_the_user_has_chosen_and_else_the_token_s() -> None:
    assert ask(lang="en")["context"]["lang"] == "en"
    settle()
    assert ask(lang="en")["context"]["lang"] == "en"
    settle(language="ru")
    assert ask(lang="en")["context"]["lang"] == "ru"
    assert ask()["context"]["lang"] == "ru"


def test_activity_is_noted_once_a_minute_at_most(moving: Clock, calls: Recorder) -> None:
    sign_in("s-1")
    began, noted = moving.moment, []
    calls.made.clear()
    for _ in range(180):
        moving.forward(seconds=1)
        assert lets_in("s-1")
        noted.append(stored("s-1")["last_activity_at"])
    assert noted == [clock.iso(began + timedelta(minutes=second // 60)) for second in range(1, 181)]
    assert calls.operations().count(NOTE) == 3


def test_that_a_user_was_seen_is_noted_once_in_five_minutes_at_most(moving: Clock, calls: Recorder) -> None:
    before = settle()
    calls.made.clear()
    for _ in range(16):
        ask()
        moving.forward(minutes=1)
    assert calls.operations().count(NOTE) == 4
    assert profile() == before | {"last_seen_at": clock.iso(moving.forward(minutes=-1))}


def test_of_requests_at_the_same_moment_one_notes_it(moving: Clock, calls: Recorder) -> None:
    settle()
    sign_in("s-1")
    moving.forward(minutes=10)
    first = clock.iso(moving.moment)
    calls.meanwhile(NOTE, lambda: ask("s-1"))
    assert ask("s-1")["isAuthorized"]
    assert (stored("s-1")["last_activity_at"], profile()["last_seen_at"]) == (first, first)


@pytest.mark.parametrize("error", [Throttled(), Contended(), UnknownOutcome(), RuntimeError("a mistake of ours")])
def test_a_note_that_cannot_be_written_is_logged_and_the_answer_is_given(
    error: Exception, moving: Clock, calls: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    before = settle()
    sign_in("s-1")
    moving.forward(minutes=10)
    calls.fail(NOTE, error, times=2)
    logged(capsys)
    assert ask("s-1")["context"] == {"sub": "anna", "sid": "s-1"}
    assert [(line["message"], line["reason"]) for line in logged(capsys)] == [
        ("activity could not be noted", type(error).__name__)
    ] * 2
    assert profile().keys() == before.keys() | {"last_login_at"}
    assert ask("s-1")["isAuthorized"]
    assert profile()["last_seen_at"] == clock.iso(moving.moment), "the next request notes it"


def test_a_note_that_takes_too_long_is_not_waited_for(
    moving: Clock, calls: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle()
    answered, noted = threading.Event(), threading.Event()
    calls.meanwhile(NOTE, answered.wait)
    monkeypatch.setenv("ACTIVITY_SECONDS", "0.01")
    monkeypatch.setattr(table, "write", _telling(noted, table.write))
    assert lets_in()
    answered.set()
    noted.wait()
    assert profile()["last_seen_at"] == clock.iso(moving.moment), "it goes on when the environment does"


def _telling(done: threading.Event, write: Callable[..., Any]) -> Callable[..., Any]:
    def write_and_tell(*changes: Any) -> Any:
        try:
            return write(*changes)
        finally:
            done.set()

    return write_and_tell


def ended(sid: str) -> None:
    sign_out(sid)


def forgotten(sid: str) -> None:
    for key in (keys.session("anna", sid), keys.profile("anna")):
        table.write(Delete(key))


def erased(sid: str) -> None:
    table.write(Update(keys.profile("anna"), set={"erased_at": "2026-11-20T18:22:05.000Z"}))
    sign_out(sid)


@pytest.mark.parametrize("happens", [ended, forgotten, erased])
def test_a_session_that_ends_during_authorization_stays_ended(
    happens: Callable[[str], None],
    moving: Clock,
    calls: Recorder,
    capsys: pytest.CaptureFixture[str],
    dynamodb_client: Any,
    request: pytest.FixtureRequest,
) -> None:
    settle()
    sign_in("s-1")
    moving.forward(minutes=10)
    name, left = request.getfixturevalue("table"), []

    def end() -> None:
        happens("s-1")
        left.extend(contents(dynamodb_client, name))

    calls.meanwhile(NOTE, end)
    logged(capsys)
    assert lets_in("s-1"), "it was there when it was read"
    after = contents(dynamodb_client, name)
    if happens is ended:  # only their session has ended: that the user was here still holds
        assert [item for item in after if item["SK"] != "PROFILE"] == [item for item in left if item["SK"] != "PROFILE"]
    else:
        assert after == left
    assert logged(capsys) == []


@pytest.mark.parametrize("error", [Throttled(), UnknownOutcome()])
def test_no_caller_is_admitted_while_the_table_does_not_respond(error: Exception, calls: Recorder) -> None:
    calls.fail(READ, error)
    with pytest.raises(Unavailable):
        ask()


def test_an_invalid_token_costs_no_table_request(calls: Recorder) -> None:
    event = {"headers": {"authorization": "Bearer a.b.c"}, "requestContext": {}}
    assert authorize.handler(event, None) == {"isAuthorized": False}
    assert authorize.handler({"headers": {}}, None) == {"isAuthorized": True, "context": {}}
    assert calls.made == []


def test_a_backfill_costs(moving: Clock, calls: Recorder) -> None:
    settle()
    sign_in("s-1")
    calls.made.clear()
    ask("s-1")
    assert calls.operations() == [READ, NOTE]
    calls.made.clear()
    ask("s-1")
    assert (calls.operations(), calls.read_units()) == ([READ], 1.0)
    moving.forward(minutes=5)
    calls.made.clear()
    ask("s-1")
    assert calls.operations() == [READ, NOTE, NOTE]
    assert calls.write_units() == 2.0
