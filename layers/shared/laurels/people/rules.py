"""Visibility: which callers may see which figures of a user, and which users appear in lists."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from laurels.attribute_values import size
from laurels.callers import Caller
from laurels.errors import Invalid
from laurels.people.figures import GUARDS, Figure, Guard
from laurels.people.models import Visibility
from laurels.standings.models import Listing

MAX_ITEM = 16 * 1024  # bytes of a profile's item, so that 100 of them fit into a response
# Of these, what the service itself writes: keys, ids, times, the avatar's address, and marks of state.
_OWN_BYTES = 1536
MAX_WRITTEN = MAX_ITEM - _OWN_BYTES
# What clients write, with the preferences.
_WRITTEN = {"display_name", "about", "social_links", "location", "website", "phone_number", "language", "preferences"}


def check_size(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> None:
    """Raise Invalid if the profile gets too large. One that is too large already, from before the limit, may shrink."""
    found = written_bytes(after)
    if found > MAX_WRITTEN and (before is None or found > written_bytes(before)):
        detail = f"profile and preferences would take {found} bytes, and may take {MAX_WRITTEN} in all"
        raise Invalid.field("body", detail, "too_long")


def written_bytes(profile: Mapping[str, Any]) -> int:
    """Return the bytes of what clients have written into the profile's item."""
    return sum(len(name) + size(profile[name]) for name in _WRITTEN if name in profile)


class View(NamedTuple):
    """What one caller may see of one user: the parts that are visible to the caller."""

    visible: frozenset[Guard]

    def shows(self, figure: Figure) -> bool:
        """True if the caller may see the figure."""
        return GUARDS[figure] <= self.visible


NOTHING, EVERYTHING = View(frozenset()), View(frozenset(Guard))


def view(user_id: str, profile: Mapping[str, Any] | None, caller: Caller, default: Visibility) -> View:
    """Return what the caller may see of the user. `default` is the visibility of parts for which none was chosen."""
    if is_erased(profile):
        return NOTHING
    if caller.sub == user_id or caller.is_admin:
        return EVERYTHING
    profile = profile or {}
    if not profile.get("is_active", True):
        return NOTHING
    levels = {Visibility.PUBLIC, Visibility.USERS} if caller.sub else {Visibility.PUBLIC}
    parts = (part for part in Guard if part is not Guard.OWNER)
    return View(frozenset(part for part in parts if _visibility(profile, part, default) in levels))


def is_erased(profile: Mapping[str, Any] | None) -> bool:
    """True if this is the tombstone of an erased user (or a profile that an earlier version marked as erased): nobody
    may see anything of them, not even they themselves."""
    return "erased_at" in (profile or {})


def is_findable(profile: Mapping[str, Any], default: Visibility) -> bool:
    """True if a search may show the user to anybody with a token."""
    hidden = _visibility(profile, Guard.PROFILE, default) is Visibility.PRIVATE
    return not is_erased(profile) and bool(profile.get("is_active", True)) and not hidden


def _visibility(profile: Mapping[str, Any], part: Guard, default: Visibility) -> Visibility:
    return Visibility(profile.get("preferences", {}).get("visibility", {}).get(part, default))


def listing(profile: Mapping[str, Any] | None) -> Listing | None:
    """Return how the user wants to appear on boards; None if they never chose."""
    chosen = (profile or {}).get("preferences", {}).get("leaderboards")
    return Listing(chosen) if chosen else None


def timezone(profile: Mapping[str, Any] | None) -> str:
    """Return the user's IANA time zone. Without a profile the default applies."""
    return str((profile or {}).get("preferences", {}).get("timezone", "UTC"))


def has(profile: Mapping[str, Any], changes: Mapping[str, Any]) -> bool:
    """True if the profile holds these fields already (None: lacks them), whenever that was written."""
    return all(profile.get(name) == value for name, value in changes.items() if name != "updated_at")
