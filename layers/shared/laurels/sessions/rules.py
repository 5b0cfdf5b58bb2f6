"""Which sessions are active, and which to evict. Works on items, not models: the authorizer uses it too, and loads no
pydantic."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from laurels import clock

Item = Mapping[str, Any]


def is_revoked(session: Item) -> bool:
    return "revoked_at" in session


def is_expired(session: Item, now: datetime) -> bool:
    return bool(session["ends_at"] <= clock.iso(now))


def is_active(session: Item, now: datetime) -> bool:
    return not is_revoked(session) and not is_expired(session, now)


def by_activity(sessions: Sequence[Item]) -> list[Item]:
    """Sort by activity, most recent first; ties by creation, then by id."""
    return sorted(sessions, key=position, reverse=True)


def position(session: Item) -> tuple[str, str, str]:
    """Return the sort key of `by_activity`."""
    return session["last_activity_at"], session["created_at"], session["session_id"]


def to_evict(sessions: Sequence[Item], room: int) -> list[Item]:
    """Return the least recently active sessions, so that at most `room` remain."""
    return by_activity(sessions)[max(room, 0) :]


def registered_on(day: date, guard: Item | None) -> int:
    """Return how many sessions were registered on that UTC day. The guard counts the last day only."""
    return int(guard["registered"]) if guard and guard.get("day") == day.isoformat() else 0
