"""Visibility: which callers may see which part of a user, and which users appear in lists."""

from collections.abc import Mapping
from typing import Any

from laurels.callers import Caller
from laurels.people.models import Visibility
from laurels.standings.models import Listing


def may_see(user_id: str, profile: Mapping[str, Any] | None, caller: Caller, part: str) -> bool:
    """True if the caller may see that part (`profile`, `stats`, …). Without a profile the defaults apply."""
    if is_erased(profile):
        return False
    if caller.sub == user_id or caller.is_admin:
        return True
    profile = profile or {}
    if not profile.get("is_active", True):
        return False
    # A private profile hides all other parts.
    chosen = {_visibility(profile, name) for name in ("profile", part)}
    if Visibility.PRIVATE in chosen:
        return False
    return bool(caller.sub) or chosen == {Visibility.PUBLIC}


def is_erased(profile: Mapping[str, Any] | None) -> bool:
    """True if this is the tombstone of an erased user (or a profile that an earlier version marked as erased): nobody
    may see anything of them, not even they themselves."""
    return "erased_at" in (profile or {})


def is_findable(profile: Mapping[str, Any]) -> bool:
    """True if a search may show the user to anybody with a token."""
    return _is_open(profile)


def _is_open(profile: Mapping[str, Any]) -> bool:
    """True unless only the owner and admins may know that the user exists."""
    if is_erased(profile) or not profile.get("is_active", True):
        return False
    return _visibility(profile, "profile") != Visibility.PRIVATE


def _visibility(profile: Mapping[str, Any], part: str) -> str:
    return str(profile.get("preferences", {}).get("visibility", {}).get(part, Visibility.PUBLIC))


def listing(profile: Mapping[str, Any] | None) -> Listing:
    """Return how the user appears on boards. Without a profile the default applies."""
    return Listing((profile or {}).get("preferences", {}).get("leaderboards", Listing.SHOWN))


def timezone(profile: Mapping[str, Any] | None) -> str:
    """Return the user's IANA time zone. Without a profile the default applies."""
    return str((profile or {}).get("preferences", {}).get("timezone", "UTC"))


def is_listed(profile: Mapping[str, Any]) -> bool:
    """True if boards may show the user's name. A private profile hides it there too."""
    return _is_open(profile) and listing(profile) is Listing.SHOWN


def has(profile: Mapping[str, Any], changes: Mapping[str, Any]) -> bool:
    """True if the profile holds these fields already (None: lacks them), whenever that was written."""
    return all(profile.get(name) == value for name, value in changes.items() if name != "updated_at")
