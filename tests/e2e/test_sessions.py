"""Signing in on several devices and out again: the calls that the gateway allows, with its cache."""

import time
import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from local.gateway import authorizers
from tests.e2e.conftest import Service

pytestmark = pytest.mark.e2e


@pytest.fixture
def a_minute_later(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function that advances the clock of the gateway's cache by a minute, so that cached authorizer responses
    expire. Otherwise that clock is stopped, so that none expires, however long the test takes. No other clock changes.
    """
    now = time.monotonic()

    def move() -> None:
        nonlocal now
        now += 60

    monkeypatch.setattr(authorizers, "time", SimpleNamespace(monotonic=lambda: now))
    return move


class Learner:
    """One user, with one device per session."""

    def __init__(self, service: Service):
        self.service = service
        self.user_id = f"traveller-{uuid.uuid4().hex[:8]}"
        self._tokens: dict[str, str] = {}

    def token(self, sid: str = "") -> str:
        """Return the same token each time: a new one would not be in the gateway's cache."""
        return self._tokens.setdefault(sid, self.service.token(self.user_id, sid=sid))

    def sign_in(self, sid: str) -> dict[str, Any]:
        answer = self.service.call("POST", "/users/me/sessions", self.token(sid), {"device_name": sid})
        assert answer.status == 201, answer
        found: dict[str, Any] = answer.json()
        return found

    def signed_in(self) -> list[str]:
        answer = self.service.call("GET", f"/users/{self.user_id}/sessions", self.service.admin())
        assert answer.status == 200, answer
        return [each["session_id"] for each in answer.json()["items"]]

    def delete(self, sid: str, path: str) -> Any:
        return self.service.call("DELETE", f"/users/me/sessions{path}", self.token(sid))

    def let_in(self, *sids: str) -> dict[str, bool]:
        """Return for each session whether its calls are allowed, both with a cached and an uncached authorizer."""
        found = {}
        for sid in sids:
            paths = (f"/users/{self.user_id}", "/users/me/sessions")
            statuses = {self.service.call("GET", path, self.token(sid)).status for path in paths}
            assert statuses in ({200}, {403}), (sid, statuses)
            found[sid] = statuses == {200}
        return found


@pytest.fixture
def learner(stack: Service) -> Learner:
    learner = Learner(stack)
    assert stack.call("GET", "/users/me", learner.token()).status == 200  # creates the profile
    return learner


SIX = [f"device-{number}" for number in range(1, 7)]


def test_a_sixth_sign_in_ends_the_least_recently_active_session_and_revoking_ends_one(
    learner: Learner, a_minute_later: Callable[[], None]
) -> None:
    for sid in SIX:
        session = learner.sign_in(sid)
        assert (session["session_id"], session["is_current"], session["ip_address"]) == (sid, True, "127.0.0.1")
    assert learner.signed_in() == SIX[:0:-1]
    a_minute_later()
    assert learner.let_in(*SIX) == dict.fromkeys(SIX, True) | {"device-1": False}

    assert learner.delete("device-6", "/device-3").status == 204
    assert learner.service.call("GET", f"/users/{learner.user_id}", learner.token("device-3")).status == 403, "uncached"
    assert learner.service.call("GET", "/users/me/sessions", learner.token("device-3")).status == 200, "still cached"
    a_minute_later()
    assert learner.let_in(*SIX) == dict.fromkeys(SIX, True) | {"device-1": False, "device-3": False}
    assert set(learner.signed_in()) == set(SIX) - {"device-1", "device-3"}


def test_revoking_others_keeps_only_the_callers_session(learner: Learner, a_minute_later: Callable[[], None]) -> None:
    for sid in SIX[:5]:
        learner.sign_in(sid)
    assert learner.delete("device-2", "?scope=others").json() == {"revoked_count": 4}
    a_minute_later()
    assert learner.let_in(*SIX[:5]) == dict.fromkeys(SIX[:5], False) | {"device-2": True}
    assert learner.signed_in() == ["device-2"]

    assert learner.delete("device-2", "?scope=all").json() == {"revoked_count": 1}
    a_minute_later()
    assert learner.let_in("device-2") == {"device-2": False}
    assert learner.signed_in() == []


def test_only_the_owner_sees_when_they_were_last_seen(stack: Service, learner: Learner) -> None:
    learner.sign_in("device-1")
    mine: dict[str, Any] = {"last_seen_at": None}
    while mine["last_seen_at"] is None:  # the authorizer does not wait for a slow write of this time
        mine = stack.call("GET", f"/users/{learner.user_id}", learner.token("device-1")).json()
    assert mine["last_login_at"]
    seen = stack.call("GET", f"/users/{learner.user_id}", stack.token("somebody")).json()
    assert not {"last_login_at", "last_seen_at"} & seen.keys()
