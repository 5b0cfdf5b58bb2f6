"""Preferences in the profile's item: how they are stored, shown and patched. No I/O."""

import json
from collections.abc import Mapping
from typing import Any

from laurels.errors import Invalid
from laurels.people.models import Visibility
from laurels.preferences.models import MAX_CUSTOM_BYTES, Preferences, Visibilities
from laurels.revisions import merge_patch
from laurels.standings.models import Listing

CUSTOM, LANGUAGE = "custom_settings", "language"


def describe(profile: Mapping[str, Any], visibility: Visibility, listing: Listing) -> Preferences:
    """Return all preferences, from a stored profile or an empty one. `visibility` and `listing` are the stack's
    defaults."""
    sent = _sent(profile)
    parts = dict.fromkeys(Visibilities.model_fields, visibility) | sent.get("visibility", {})
    fields = {"leaderboards": listing, **sent, "visibility": parts, LANGUAGE: profile.get(LANGUAGE)}
    return Preferences.model_validate(fields)


def patched(profile: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the profile that a merge patch changes (None: delete the field).

    The language is one of the profile's own fields. Custom settings are stored as text, because DynamoDB's numbers and
    empty values differ from JSON's. Raises Invalid if they get too long.
    """
    after = merge_patch(_sent(profile), {name: value for name, value in patch.items() if name != LANGUAGE})
    after = {name: value for name, value in after.items() if value != {}}  # an empty object says nothing
    if CUSTOM in after:
        after[CUSTOM] = json.dumps(after[CUSTOM], ensure_ascii=False, separators=(",", ":"))
        if len(after[CUSTOM].encode()) > MAX_CUSTOM_BYTES:
            raise Invalid.field(CUSTOM, f"must be at most {MAX_CUSTOM_BYTES} bytes of JSON in all", "too_long")
    return {"preferences": after or None} | ({LANGUAGE: patch[LANGUAGE]} if LANGUAGE in patch else {})


def _sent(profile: Mapping[str, Any]) -> dict[str, Any]:
    """Return the preferences that were set, as JSON."""
    kept = dict(profile.get("preferences", {}))
    return kept | {CUSTOM: json.loads(kept[CUSTOM])} if CUSTOM in kept else kept
