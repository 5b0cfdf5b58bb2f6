"""How preferences are kept, told and patched."""

import json
from collections.abc import Mapping
from typing import Any

from laurels.errors import Invalid
from laurels.preferences.models import MAX_CUSTOM_BYTES, Preferences
from laurels.revisions import merge_patch

CUSTOM, LANGUAGE = "custom_settings", "language"


def describe(profile: Mapping[str, Any]) -> Preferences:
    """All preferences, from a profile as the table keeps it (or nothing)."""
    return Preferences.model_validate({**_sent(profile), LANGUAGE: profile.get(LANGUAGE)})


def patched(profile: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the profile that a merge patch changes, and what they are then (None: gone).

    The language stands among the profile's own fields. Settings of clients are kept as text: DynamoDB's numbers and
    empty values are not JSON's. Raises Invalid if they grow too long.
    """
    after = merge_patch(_sent(profile), {name: value for name, value in patch.items() if name != LANGUAGE})
    if CUSTOM in after:
        after[CUSTOM] = json.dumps(after[CUSTOM], ensure_ascii=False, separators=(",", ":"))
        if len(after[CUSTOM].encode()) > MAX_CUSTOM_BYTES:
            raise Invalid.field(CUSTOM, f"must be at most {MAX_CUSTOM_BYTES} bytes of JSON in all", "too_long")
    return {"preferences": after} | ({LANGUAGE: patch[LANGUAGE]} if LANGUAGE in patch else {})


def _sent(profile: Mapping[str, Any]) -> dict[str, Any]:
    """What was set, as JSON has it."""
    kept = dict(profile.get("preferences", {}))
    return kept | {CUSTOM: json.loads(kept[CUSTOM])} if CUSTOM in kept else kept
