"""Profiles: made on the first call, read by visibility, changed field by field."""

from dataclasses import replace
from typing import Any

from laurels import clock, keys, table
from laurels.callers import Caller
from laurels.errors import Forbidden, NotFound, Stale
from laurels.people import service as people
from laurels.people.models import DEFAULT_NAME
from laurels.profiles import rules
from laurels.profiles.models import MAX_NAME, Profile, ProfilePatch, PublicProfile
from laurels.shapes import tidied
from laurels.standings import service as standings
from laurels.standings.models import Standing
from laurels.table import ABSENT, PRESENT, ConditionFailed, Item, Put, Update

VERSION = 1
_ADMIN_FIELDS = {"is_verified", "is_active"}

Document = tuple[Profile | PublicProfile, int]  # with its revision


def get(user_id: str, caller: Caller) -> Document:
    """The profile, if the caller may see it."""
    profile, standing = people.read(
        user_id, consistent=caller.sub == user_id
    )  # people look at what they have just changed
    if profile is None:
        raise NotFound("There is no such user, or it is not yours to see.")
    people.require_visible(user_id, profile, caller, "profile")
    return _document(profile, standing, caller)


def get_me(caller: Caller) -> Document:
    """The caller's own profile, made if this is their first call."""
    profile, standing = people.read(caller.sub, consistent=True)
    return _document(profile or _create(caller), standing, caller)


def update(user_id: str, patch: ProfilePatch, expected: int | None, caller: Caller) -> Document:
    """Changes the fields that were sent and no others, so that two at once both hold.

    `expected`: the revision that the client has read, if it said so; Stale if it is another by now.
    """
    changes = patch.changes
    if changes.keys() & _ADMIN_FIELDS and not caller.is_admin:
        raise Forbidden("Only an admin can change is_verified and is_active.")
    change = Update(
        keys.profile(user_id),
        set={name: value for name, value in changes.items() if value is not None}
        | {"updated_at": clock.iso(clock.now())},
        remove=[name for name, value in changes.items() if value is None],
        add={"rev": 1},
        when=PRESENT if expected is None else {"rev": expected},
    )
    try:
        profile = table.write(change)
    except ConditionFailed as failure:
        profile = _recover(failure.item, change, expected, caller, user_id)
    assert profile is not None
    return _document(profile, standings.get(user_id), caller)


def _recover(found: Item | None, change: Update, expected: int | None, caller: Caller, user_id: str) -> Item | None:
    """What to do when the write's condition did not hold: the profile is not there yet, or has changed."""
    if found is None:
        if caller.sub != user_id or expected is not None:
            raise NotFound("There is no such user, or it is not yours.")
        _create(caller)
        return table.write(replace(change, set={**change.set, "updated_at": clock.iso(clock.now())}))
    # The write may be a repetition of one that succeeded, ours or the client's: then all that is wanted stands there,
    # and RFC 9110 (section 13.1.1) lets us say so.
    wanted = {name: value for name, value in change.set.items() if name != "updated_at"}
    next_one = expected is not None and found["rev"] == expected + 1
    if next_one and found.items() >= wanted.items() and not found.keys() & set(change.remove):
        return found
    raise Stale("The profile has changed since you read it. Read it again and repeat your change.")


def _create(caller: Caller) -> Item:
    now = clock.iso(clock.now())
    item: dict[str, Any] = {
        **keys.profile(caller.sub)._asdict(),
        "v": VERSION,
        "rev": 1,
        "user_id": caller.sub,
        "display_name": tidied(caller.name, MAX_NAME) or DEFAULT_NAME,
        "is_verified": False,
        "is_active": True,
        "created_at": now,
        "updated_at": now,
    }
    try:
        table.write(Put(item, when=ABSENT))
    except ConditionFailed as failure:  # another request of theirs was first
        return failure.item or item
    return item


def _document(profile: Item, standing: Standing, caller: Caller) -> Document:
    private = caller.sub == profile["user_id"] or caller.is_admin
    return rules.describe(profile, standing, private=private), profile["rev"]
