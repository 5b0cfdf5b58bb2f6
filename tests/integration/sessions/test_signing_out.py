"""DELETE of one session, of all, and of all others."""

import pytest

from laurels import clock
from laurels.sessions import service
from laurels.table import Contended, UnknownOutcome
from tests.events import ADMIN, user
from tests.integration.recorder import Recorder
from tests.integration.sessions.signing import Clock, device, sign_in, sign_out, sign_out_all, signed_in, stored


def test_one_session_ends_and_the_others_go_on() -> None:
    for sid in ("s-1", "s-2", "s-3"):
        sign_in(sid)
    answer = sign_out("s-2", device("s-1"))
    assert (answer.status, answer.text) == (204, "")
    assert set(signed_in()) == {"s-1", "s-3"}


def test_the_caller_s_own_session_can_be_ended() -> None:
    sign_in("s-1")
    assert sign_out("s-1", device("s-1")).status == 204
    assert signed_in() == []


def test_revoking_again_is_no_error_and_an_unknown_session_is_404(moving: Clock) -> None:
    sign_in("s-1")
    sign_in("s-2")
    assert [sign_out("s-1").status, sign_out("s-1").status, sign_out("s-3").status] == [204, 204, 404]
    moving.forward(days=30)
    assert sign_out("s-2").status == 204


def test_revoking_again_does_not_change_the_time(moving: Clock) -> None:
    sign_in("s-1")
    ended = clock.iso(moving.moment)
    sign_out("s-1")
    moving.forward(minutes=1)
    sign_out("s-1")
    assert stored("s-1")["revoked_at"] == ended


def test_a_lost_answer_does_not_make_a_404(calls: Recorder) -> None:
    sign_in("s-1")
    calls.fail("update_item", UnknownOutcome(), after=True)
    assert [sign_out("s-1").status, sign_out("s-1").status] == [204, 204]


def test_an_admin_signs_a_user_out() -> None:
    for sid in ("s-1", "s-2", "s-3"):
        sign_in(sid)
    assert sign_out("s-2", ADMIN, "anna").status == 204
    assert sign_out_all("all", ADMIN, "anna").body == {"revoked_count": 2}
    assert signed_in() == []


@pytest.mark.parametrize("caller", [user("boris", sid="s-1"), user("boris", scope="users:write")])
def test_other_callers_cannot_sign_a_user_out(caller: dict[str, str]) -> None:
    sign_in("s-1")
    assert sign_out("s-1", caller, "anna").status == 404
    assert sign_out_all("all", caller, "anna").status == 404
    assert signed_in() == ["s-1"]


def test_others_leaves_exactly_the_caller_s() -> None:
    for sid in ("s-1", "s-2", "s-3"):
        sign_in(sid)
    assert sign_out_all("others", device("s-2")).body == {"revoked_count": 2}
    assert signed_in() == ["s-2"]
    assert sign_out_all("others", device("s-2")).body == {"revoked_count": 0}


def test_others_of_a_session_that_was_never_registered_are_all() -> None:
    sign_in("s-1")
    assert sign_out_all("others", device("another")).body == {"revoked_count": 1}
    assert signed_in() == []


@pytest.mark.parametrize(("caller", "user_id"), [(user("anna"), "me"), (ADMIN | {"sid": "s-1"}, "anna")])
def test_others_needs_a_token_of_the_user_s_with_a_session(caller: dict[str, str], user_id: str) -> None:
    sign_in("s-1")
    answer = sign_out_all("others", caller, user_id)
    assert (answer.status, answer.fields) == (422, ["scope"])
    assert signed_in() == ["s-1"]


def test_without_a_scope_all_are_revoked() -> None:
    sign_in("s-1")
    sign_in("s-2")
    assert sign_out_all(None, device("s-1")).body == {"revoked_count": 2}
    assert signed_in() == []


@pytest.mark.parametrize("scope", ["", "mine", "ALL"])
def test_an_unknown_scope_is_422(scope: str) -> None:
    sign_in("s-1")
    answer = sign_out_all(scope)
    assert (answer.status, answer.fields) == (422, ["scope"])
    assert signed_in() == ["s-1"]


def test_all_of_a_user_without_sessions_are_none() -> None:
    assert sign_out_all("all").body == {"revoked_count": 0}
    assert service.revoke_all("nobody") == 0


def test_a_concurrent_sign_in_is_revoked_too(calls: Recorder) -> None:
    sign_in("s-1")
    calls.meanwhile("transact_write_items", lambda: sign_in("s-2"))
    assert sign_out_all("all").body == {"revoked_count": 2}
    assert signed_in() == []


def test_a_conflict_is_retried(calls: Recorder) -> None:
    sign_in("s-1")
    sign_in("s-2")
    calls.fail("update_item", Contended())
    assert sign_out("s-1").status == 204
    calls.fail("transact_write_items", Contended())
    assert sign_out_all("all").body == {"revoked_count": 1}
