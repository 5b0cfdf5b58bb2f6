"""Sign in and out, and list active sessions."""

from datetime import datetime, timedelta
from typing import Any

from laurels import clock, keys, table
from sessions import create_session, delete_session, delete_sessions, list_sessions
from tests.events import ADMIN, Answer, call, user

ME = {"user_id": "me"}
LOGIN_SERVICE = {"sub": "auth-service", "scope": "users:write"}


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.moment = clock.now().replace(microsecond=0)

    def forward(self, **by: float) -> datetime:
        self.moment += timedelta(**by)
        return self.moment


def device(sid: str, user_id: str = "anna") -> dict[str, str]:
    """The authorizer's context for a token of the session."""
    return user(user_id, **({"sid": sid} if sid else {}))


def sign_in(sid: str = "", user_id: str = "anna", headers: dict[str, str] | None = None, **draft: Any) -> Answer:
    return call(create_session.handler, path=ME, caller=device(sid, user_id), body=draft, headers=headers)


def sign_in_by_service(user_id: str = "anna", caller: dict[str, str] = LOGIN_SERVICE, **draft: Any) -> Answer:
    return call(create_session.handler, path={"user_id": user_id}, caller=caller, body=draft)


def sessions(caller: dict[str, str] | None = None, user_id: str = "me", **query: str) -> Answer:
    return call(list_sessions.handler, path={"user_id": user_id}, caller=caller or user("anna"), query=query)


def signed_in(user_id: str = "anna") -> list[str]:
    """The ids of the active sessions, the most recently active first."""
    return [each["session_id"] for each in sessions(ADMIN, user_id).body["items"]]


def sign_out(sid: str, caller: dict[str, str] | None = None, user_id: str = "me") -> Answer:
    path = {"user_id": user_id, "session_id": sid}
    return call(delete_session.handler, path=path, caller=caller or user("anna"))


def sign_out_all(scope: str | None, caller: dict[str, str] | None = None, user_id: str = "me") -> Answer:
    query = {} if scope is None else {"scope": scope}
    return call(delete_sessions.handler, path={"user_id": user_id}, caller=caller or user("anna"), query=query)


def stored(sid: str, user_id: str = "anna") -> dict[str, Any]:
    item = table.get(keys.session(user_id, sid), consistent=True)
    assert item
    return item
