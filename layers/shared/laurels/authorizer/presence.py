"""Presence: whether the user still exists and the session is active. One read, and at times a write of the activity."""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from laurels import clock, keys, settings, table, tombstones
from laurels.authorizer import log
from laurels.authorizer.rules import Refused
from laurels.sessions import rules as sessions_rules
from laurels.table import ConditionFailed
from laurels.writes import Update

SESSION_NOTED = timedelta(minutes=1)  # at most one write per session in this time
USER_NOTED = timedelta(minutes=5)

Item = Mapping[str, Any]


def confirm(context: dict[str, str]) -> dict[str, str]:
    """Return the context with the user's preferred language. A session that was never registered counts as none.

    Raises Refused if the user was erased, or the session was revoked or has expired. Raises Unavailable if the table
    does not respond: then no request is let in.
    """
    user_id, session_id = context["sub"], context.get("sid", "")
    names = [keys.profile(user_id), tombstones.key(user_id)]
    # An eventually consistent read suffices: the gateway caches our response for longer.
    found = table.get_many([*names, keys.session(user_id, session_id)] if session_id else names)
    profile, tombstone, session = [*found, None][:3]
    now = clock.now()
    if tombstone or (profile and "erased_at" in profile):
        raise Refused("user_is_erased")
    if session and sessions_rules.is_revoked(session):
        raise Refused("session_is_revoked")
    if session and sessions_rules.is_expired(session, now):
        raise Refused("session_is_expired")
    _note([*_session_note(user_id, session, now), *_user_note(user_id, profile, now)])
    language = profile.get("language") if profile else None
    return context | {"lang": language} if language else context


def _session_note(user_id: str, session: Item | None, now: datetime) -> list[Update]:
    """Return the write of the session's activity, on condition that it is still active and unchanged."""
    if session is None or now - clock.moment(session["last_activity_at"]) < SESSION_NOTED:
        return []
    known = {"last_activity_at": session["last_activity_at"], "revoked_at": None}
    key = keys.session(user_id, session["session_id"])
    return [Update(key, set={"last_activity_at": clock.iso(now)}, when=known)]


def _user_note(user_id: str, profile: Item | None, now: datetime) -> list[Update]:
    if profile is None:
        return []
    seen = profile.get("last_seen_at")
    if seen and now - clock.moment(seen) < USER_NOTED:
        return []
    known = {"user_id": user_id, "last_seen_at": seen, "erased_at": None}
    return [Update(keys.profile(user_id), set={"last_seen_at": clock.iso(now)}, when=known)]


def _note(changes: list[Update]) -> None:
    """Write them in a thread for which the response waits a moment. The outcome changes no response."""
    if changes:
        thread = threading.Thread(target=_write, args=(changes,), daemon=True)
        thread.start()
        thread.join(settings.seconds("ACTIVITY_SECONDS"))


def _write(changes: list[Update]) -> None:
    for change in changes:
        try:
            table.write(change)
        except ConditionFailed:  # written by another request, or the session has ended
            continue
        except Exception as error:
            log.write("WARNING", "activity could not be noted", reason=type(error).__name__)
