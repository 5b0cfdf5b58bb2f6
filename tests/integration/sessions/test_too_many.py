"""More than MAX_ACTIVE_SESSIONS: the least recently active session is revoked, and the limit is never exceeded."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laurels import clock, keys, table
from laurels.sessions import rules, service
from laurels.table import Contended
from laurels.writes import Update
from tests.contents import contents
from tests.events import Answer, together
from tests.integration.recorder import Recorder
from tests.integration.sessions.signing import (
    Clock,
    sign_in,
    sign_in_by_service,
    sign_out,
    sign_out_all,
    signed_in,
    stored,
)
from tests.sizes import sized


def be_active(sid: str) -> None:
    table.write(Update(keys.session("anna", sid), set={"last_activity_at": clock.iso(clock.now())}))


def active_items(client: Any, name: str) -> set[str]:
    """The sessions that count, whatever the guard says."""
    found = [item for item in contents(client, name) if item["SK"].startswith("SESSION#")]
    return {item["session_id"] for item in found if rules.is_active(item, clock.now())}


def test_the_sixth_device_signs_out_the_one_that_was_active_longest_ago(moving: Clock) -> None:
    for number in range(1, 6):
        sign_in(f"s-{number}")
        moving.forward(minutes=1)
    be_active("s-1")
    moving.forward(minutes=1)
    assert sign_in("s-6").status == 201
    assert signed_in() == ["s-6", "s-1", "s-5", "s-4", "s-3"]
    assert stored("s-2")["revoked_at"] == clock.iso(moving.moment)


def test_of_a_session_that_was_revoked_nothing_is_kept_but_that_it_was(moving: Clock) -> None:
    sign_in("s-1", device_name="Anna's phone", os="Android")
    sign_out("s-1")
    assert stored("s-1").keys() == {
        *(
            "PK",
            "SK",
            "v",
            "session_id",
            "created_at",
            "last_activity_at",
            "ends_at",
            "expires_at",
            "origin",
            "revoked_at",
        )
    }


def test_expired_sessions_do_not_count(moving: Clock) -> None:
    for number in range(5):
        sign_in(f"old-{number}")
    moving.forward(days=29)
    sign_in("s-1")
    moving.forward(days=1)
    for number in range(2, 6):
        sign_in(f"s-{number}")
    assert sorted(signed_in()) == ["s-1", "s-2", "s-3", "s-4", "s-5"]


def test_revoked_sessions_do_not_count(moving: Clock) -> None:
    for number in range(1, 6):
        sign_in(f"s-{number}")
    sign_out("s-3")
    sign_in("s-6")
    assert set(signed_in()) == {"s-1", "s-2", "s-4", "s-5", "s-6"}


def test_the_limit_is_a_setting_and_a_lower_one_takes_effect_with_the_next_sign_in(
    monkeypatch: pytest.MonkeyPatch, moving: Clock
) -> None:
    for number in range(1, 6):
        sign_in(f"s-{number}")
        moving.forward(seconds=1)
    monkeypatch.setenv("MAX_ACTIVE_SESSIONS", "2")
    sign_in("s-6")
    assert signed_in() == ["s-6", "s-5"]
    monkeypatch.setenv("MAX_ACTIVE_SESSIONS", "1")
    sign_in("s-7")
    assert signed_in() == ["s-7"]


def test_of_twenty_sign_ins_at_once_five_stay(dynamodb_client: Any, table: str) -> None:
    answers = together([partial(sign_in, f"s-{number}") for number in range(20)])
    assert {answer.status for answer in answers} <= {201, 503}
    made = sum(answer.status == 201 for answer in answers)
    assert made >= 5
    active = active_items(dynamodb_client, table)
    assert len(active) == 5
    assert active == set(signed_in())


def test_sign_ins_and_sign_outs_at_once_never_leave_more_than_five(dynamodb_client: Any, table: str) -> None:
    for number in range(5):
        sign_in(f"s-{number}")
    calls: list[Callable[[], Answer]] = [partial(sign_in, f"t-{number}") for number in range(6)]
    calls += [partial(sign_out, f"s-{number}") for number in range(3)]
    calls += [sign_in_by_service, lambda: sign_out_all("all")]
    assert {answer.status for answer in together(calls)} <= {200, 201, 204, 503}
    active = active_items(dynamodb_client, table)
    assert len(active) <= 5
    assert active == set(signed_in())


def test_a_device_that_is_active_at_the_last_moment_is_not_the_one_to_go(calls: Recorder, moving: Clock) -> None:
    for number in range(1, 6):
        sign_in(f"s-{number}")
        moving.forward(minutes=1)
    calls.meanwhile("transact_write_items", lambda: be_active("s-1"))
    sign_in("s-6")
    assert set(signed_in()) == {"s-1", "s-3", "s-4", "s-5", "s-6"}


def test_a_user_can_register_a_limited_number_of_sessions_a_day(
    monkeypatch: pytest.MonkeyPatch, moving: Clock, dynamodb_client: Any, table: str
) -> None:
    monkeypatch.setattr(service, "MAX_A_DAY", 7)
    moving.moment = moving.moment.replace(hour=12, minute=0, second=0)
    for number in range(7):
        assert sign_in(f"s-{number}").status == 201
        moving.forward(seconds=1)
    assert sign_out("s-6").status == 204
    assert sign_out_all("all").status == 200
    before = contents(dynamodb_client, table)
    for answer in (sign_in("s-7"), sign_in(), sign_in_by_service()):
        assert (answer.status, answer.headers["retry-after"]) == (429, str(12 * 3600 - 7))
    assert contents(dynamodb_client, table) == before
    assert {stored(f"s-{number}")["session_id"] for number in range(7) if rules.is_revoked(stored(f"s-{number}"))} == {
        f"s-{number}" for number in range(7)
    }
    assert sign_in("s-7", "boris").status == 201
    moving.forward(hours=12)
    assert sign_in("s-7").status == 201
    assert sign_in("s-7").status == 200


def test_of_twenty_sign_ins_at_once_no_more_than_a_day_s_are_stored(
    monkeypatch: pytest.MonkeyPatch, moving: Clock, dynamodb_client: Any, table: str
) -> None:
    monkeypatch.setattr(service, "MAX_A_DAY", 7)
    answers = together([partial(sign_in, f"s-{number}") for number in range(20)])
    assert {answer.status for answer in answers} <= {201, 429, 503}
    made = [item for item in contents(dynamodb_client, table) if item["SK"].startswith("SESSION#")]
    assert len(made) == 7


def test_a_guard_from_before_the_count_counts_from_now_on() -> None:
    for number in range(2):
        sign_in(f"s-{number}")
    table.write(Update(keys.sessions_guard("anna"), remove=["day", "registered"]))
    assert sign_in("s-2").status == 201
    guard = table.get(keys.sessions_guard("anna"))
    assert guard
    assert guard["registered"] == 1
    assert set(signed_in()) == {"s-0", "s-1", "s-2"}


def test_a_sign_in_retries_after_a_conflict(calls: Recorder) -> None:
    calls.fail("transact_write_items", Contended(), times=2)
    calls.meanwhile("transact_write_items", lambda: sign_in("s-2"))
    assert sign_in("s-1").status == 201
    assert set(signed_in()) == {"s-1", "s-2"}


steps = st.lists(
    st.tuples(
        st.sampled_from(["in", "in", "in", "use", "out", "others"]), st.integers(0, 8), st.integers(0, 9 * 86_400)
    ),
    max_size=25,
)


@settings(max_examples=sized(12, 25))
@given(steps)
def test_any_history_leaves_the_sessions_of_a_plain_model(moving: Clock, history: list[tuple[str, int, int]]) -> None:
    """An oracle that keeps every session in a list and looks through all of it."""
    user_id = f"user-{moving.forward(seconds=1).timestamp()}"  # a new one for each example
    known: dict[str, dict[str, Any]] = {}

    def active() -> list[str]:
        left = [sid for sid, each in known.items() if not each["out"] and each["until"] > moving.moment]
        return sorted(left, key=lambda sid: (known[sid]["used"], known[sid]["in"]), reverse=True)

    for what, number, seconds in history:
        moving.forward(seconds=seconds + 1)
        sid = f"s-{number}"
        if what == "in":
            status = sign_in(sid, user_id).status
            if sid not in known:
                assert status == 201
                for loser in active()[4:]:
                    known[loser]["out"] = True
                until = moving.moment + timedelta(days=30)
                known[sid] = {"in": moving.moment, "used": moving.moment, "until": until, "out": False}
            else:
                assert status == (200 if sid in active() else 409)
        elif what == "use" and sid in active():
            table.write(Update(keys.session(user_id, sid), set={"last_activity_at": clock.iso(moving.moment)}))
            known[sid]["used"] = moving.moment
        elif what == "out":
            caller = {"sub": user_id}
            assert sign_out(sid, caller).status == (204 if sid in known else 404)
            if sid in known:
                known[sid]["out"] = True
        elif what == "others":
            others = [each for each in active() if each != sid]
            answer = sign_out_all("others", {"sub": user_id, "sid": sid})
            assert answer.body == {"revoked_count": len(others)}
            for each in others:
                known[each]["out"] = True
        assert signed_in(user_id) == active()
