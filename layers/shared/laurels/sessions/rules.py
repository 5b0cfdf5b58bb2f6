"""Which sessions count, and which have to go. Of items as the table keeps them: the authorizer asks here too, and
loads no models."""

from collections.abc import Mapping, Sequence
from datetime import datetime
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
    """The most recently active first. Of several at the same moment the younger one, then a fixed order."""
    return sorted(sessions, key=position, reverse=True)


def position(session: Item) -> tuple[str, str, str]:
    """Where a session stands in `by_activity`."""
    return session["last_activity_at"], session["created_at"], session["session_id"]


def to_evict(sessions: Sequence[Item], room: int) -> list[Item]:
    """The least recently active ones, so that at most `room` stay."""
    return by_activity(sessions)[max(room, 0) :]
