"""Sessions: register, list, revoke. A session that has ended stays in the table, so that its tokens are refused.

The guard item lists the sessions that may be active, so that ended ones need not be read, and counts those that were
registered today. Each registration rewrites it conditionally, so that two at once cannot both find room.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from laurels import clock, keys, settings, table, tombstones
from laurels.callers import Caller, Client
from laurels.errors import Conflict, Invalid, NotFound, TooManyRequests
from laurels.fields import tidied
from laurels.idempotency import Origin
from laurels.paging import Listing, PageQuery
from laurels.retries import retrying
from laurels.revisions import Made
from laurels.sessions import rules
from laurels.sessions.models import MAX_USER_AGENT, Revocation, RevocationScope, Session, SessionDraft
from laurels.table import Cancelled
from laurels.writes import ABSENT, Item, Put, Update, Write

VERSION = 1
MAX_A_DAY = 100  # new sessions per user and UTC day: ended ones stay stored until their last token has expired
# Revoking a session deletes its device details; the session itself stays, so that its tokens are refused.
_DETAILS = ("device_type", "device_name", "os", "user_agent", "ip_address")


def register(user_id: str, draft: SessionDraft, caller: Caller, client: Client, origin: Origin) -> Made[Session]:
    """Register a session: under the `sid` of the user's own token, else under a new id. An active session with that id
    stays as it is; an ended one is a Conflict.

    Beyond MAX_ACTIVE_SESSIONS the least recently active sessions are revoked, in the same transaction. Raises
    TooManyRequests beyond MAX_A_DAY, and Gone for an erased user.
    """
    own = caller.sub == user_id
    session_id = caller.sid if own and caller.sid else origin.new_id()
    item = _session(user_id, session_id, _completed(draft, client) if own else draft) | {"origin": origin.id}
    limit = settings.number("MAX_ACTIVE_SESSIONS", 5)

    def attempt() -> Item:
        now = clock.now()
        names = (keys.session(user_id, session_id), keys.sessions_guard(user_id), keys.profile(user_id))
        existing, guard, profile, tombstone = table.get_many([*names, tombstones.key(user_id)], consistent=True)
        tombstones.refuse(tombstone)
        if existing:
            if not rules.is_active(existing, now):
                raise Conflict("This session has ended. Sign in again.")
            return existing
        if profile and "erased_at" in profile:  # by an earlier version, which left no tombstone
            raise tombstones.gone()
        registered = rules.registered_on(now.date(), guard) + 1
        if registered > MAX_A_DAY:
            detail = f"This user has registered {MAX_A_DAY} sessions today (UTC), and can register no more."
            raise TooManyRequests(detail, retry_after=clock.until_midnight(now))
        active = _active(user_id, guard, now)
        evicted = rules.to_evict(active, limit - 1)
        counted = {"day": now.date().isoformat(), "registered": registered}
        gone = {each["session_id"] for each in evicted}
        staying = [each["session_id"] for each in active if each["session_id"] not in gone]
        changes: list[Write] = [
            Put(item, when=ABSENT),
            _guarding(user_id, guard, [*staying, session_id], item["expires_at"], counted),
            *(_revocation(user_id, each["session_id"], now, each["last_activity_at"]) for each in evicted),
        ]
        if profile:
            signed_in = {"last_login_at": item["created_at"]}
            changes.append(Update(keys.profile(user_id), set=signed_in, when={"user_id": user_id, "erased_at": None}))
        else:  # an erasure at this moment deletes no profile, but leaves a tombstone
            changes.append(tombstones.absent(user_id))
        table.write(*changes)
        return item

    found = retrying(attempt)
    return Made(_describe(found, caller, user_id), origin.made(found))


def list_active(user_id: str, caller: Caller, page: PageQuery) -> Listing[Session]:
    """List the user's active sessions, most recently active first. Raises Gone for an erased user."""
    guard, tombstone = table.get_many([keys.sessions_guard(user_id), tombstones.key(user_id)], consistent=True)
    tombstones.refuse(tombstone)
    found = rules.by_activity(_active(user_id, guard, clock.now()))
    if page.cursor:
        after = tuple(page.cursor.split(" "))
        found = [each for each in found if rules.position(each) < after]
    shown = found[: page.limit]
    more = " ".join(rules.position(shown[-1])) if len(found) > page.limit else None
    return Listing[Session](items=[_describe(each, caller, user_id) for each in shown], next_cursor=more)


def revoke(user_id: str, session_id: str) -> None:
    """Revoke a session. One that has ended already is no error, so that a client can retry. Raises NotFound, and Gone
    for an erased user."""

    def attempt() -> None:
        try:
            table.write(_revocation(user_id, session_id, clock.now()), tombstones.absent(user_id))
        except Cancelled as failure:
            if failure.failed(1):
                raise tombstones.gone() from None
            if failure.reasons[0].item is None:
                raise NotFound("There is no such session.") from None

    retrying(attempt)


def revoke_scope(user_id: str, scope: RevocationScope, caller: Caller) -> Revocation:
    """Revoke all sessions, or all but that of the caller's token. Raises Invalid if the token has no session."""
    if scope is RevocationScope.ALL:
        return Revocation(revoked_count=revoke_all(user_id))
    if caller.sub != user_id or not caller.sid:
        raise Invalid.field("scope", "others needs a token of the user's that belongs to a session (sid)", "no_session")
    return Revocation(revoked_count=revoke_all(user_id, but=caller.sid))


def revoke_all(user_id: str, *, but: str = "") -> int:
    """Revoke all of the user's sessions except `but`; return how many. A retry does not count sessions that an earlier
    attempt, whose response was lost, has revoked. Raises Gone for an erased user."""

    def attempt() -> int:
        now = clock.now()
        guard, tombstone = table.get_many([keys.sessions_guard(user_id), tombstones.key(user_id)], consistent=True)
        tombstones.refuse(tombstone)
        active = _active(user_id, guard, now)
        staying = [each["session_id"] for each in active if each["session_id"] == but]
        leaving = [each["session_id"] for each in active if each["session_id"] != but]
        if leaving and guard:
            revocations = (_revocation(user_id, session_id, now) for session_id in leaving)
            table.write(_guarding(user_id, guard, staying, guard["expires_at"], {}), *revocations)
        return len(leaving)

    return retrying(attempt)


def _active(user_id: str, guard: Item | None, now: datetime) -> list[Item]:
    names = [keys.session(user_id, session_id) for session_id in (guard or {}).get("session_ids", ())]
    found = table.get_many(names, consistent=True)
    return [session for session in found if session and rules.is_active(session, now)]


def _completed(draft: SessionDraft, client: Client) -> SessionDraft:
    """Fill in user agent and IP address from the user's own request."""
    given = {"user_agent": tidied(client.user_agent, MAX_USER_AGENT), "ip_address": client.ip_address}
    return draft.model_copy(update={name: text for name, text in given.items() if text and not getattr(draft, name)})


def _session(user_id: str, session_id: str, draft: SessionDraft) -> Item:
    """Return a new session's item. It outlives its end by its own length: tokens may be issued in its last moment."""
    now = clock.now()
    days = timedelta(days=settings.number("SESSION_DAYS", 30))
    details = draft.model_dump(mode="json", exclude_none=True)
    return {
        **keys.session(user_id, session_id)._asdict(),
        "v": VERSION,
        "session_id": session_id,
        **details,
        "created_at": clock.iso(now),
        "last_activity_at": clock.iso(now),
        "ends_at": clock.iso(now + days),
        "expires_at": int((now + 2 * days).timestamp()),
    }


def _guarding(user_id: str, guard: Item | None, session_ids: Collection[str], expires_at: int, counted: Item) -> Put:
    """Rewrite the guard if it is unchanged since it was read. It lives as long as the sessions it lists. `counted` is
    the new count of sessions registered today; without it the old one stays."""
    item: dict[str, Any] = {
        **(guard or {}),
        **counted,
        **keys.sessions_guard(user_id)._asdict(),
        "v": VERSION,
        "rev": guard["rev"] + 1 if guard else 1,
        "session_ids": [*session_ids],
        "expires_at": max(expires_at, guard["expires_at"] if guard else 0),
    }
    return Put(item, when={"rev": guard["rev"]} if guard else ABSENT)


def _revocation(user_id: str, session_id: str, now: datetime, last_activity_at: str = "") -> Update:
    """End a session that has not ended; with `last_activity_at`, only if it has not been active since."""
    unused_since = {"last_activity_at": last_activity_at} if last_activity_at else {}
    return Update(
        keys.session(user_id, session_id),
        set={"revoked_at": clock.iso(now)},
        remove=_DETAILS,
        when={"session_id": session_id, "revoked_at": None, **unused_since},
    )


def _describe(session: Mapping[str, Any], caller: Caller, user_id: str) -> Session:
    current = caller.sub == user_id and caller.sid == session["session_id"]
    return Session.model_validate({**session, "expires_at": session["ends_at"], "is_current": current})
