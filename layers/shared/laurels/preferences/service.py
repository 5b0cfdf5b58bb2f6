"""Preferences: read with their defaults, patched field by field. They are part of the profile's item.

A change of visibility, time zone or listing takes effect with the write: the search index and the standing change in
the same transaction.
"""

from laurels import clock, keys, table, tombstones
from laurels.callers import Caller
from laurels.people import rules as people_rules
from laurels.people import service as people
from laurels.preferences import rules
from laurels.preferences.models import Preferences, PreferencesPatch
from laurels.revisions import Revised
from laurels.writes import Item


def get(user_id: str, caller: Caller) -> Revised[Preferences]:
    """Return the user's preferences, with the revision of the profile: 0 if there is none yet.

    Raises NotFound for an erased user, and for another user who has no profile.
    """
    wanted = [keys.profile(user_id), tombstones.key(user_id)]
    profile, tombstone = table.get_many(wanted, consistent=caller.sub == user_id)
    if tombstone or people_rules.is_erased(profile) or (profile is None and caller.sub != user_id):
        raise people.not_found()
    return Revised(describe(profile or {}), profile["rev"] if profile else 0)


def update(user_id: str, patch: PreferencesPatch, expected: int | None, caller: Caller) -> Revised[Preferences]:
    """Change the fields that were sent and no others. `expected` is the revision of `If-Match`. Raises Stale, NotFound,
    Invalid."""

    def compute_changes(profile: Item) -> dict[str, object]:
        changes = rules.patched(profile, patch.changes)
        # `updated_at` is shown to others, who see the language in the profile, and no other preference.
        return changes | ({"updated_at": clock.iso(clock.now())} if rules.LANGUAGE in changes else {})

    own = caller.sub == user_id
    create = (lambda: people.fresh(user_id, caller.name)) if own else None
    profile, _ = people.revise(user_id, compute_changes, expected, create)
    return Revised(describe(profile), profile["rev"])


def describe(profile: Item) -> Preferences:
    """Return the preferences in a profile that was read, which may be empty."""
    return rules.describe(profile, people.default_visibility(), people.default_listing())
