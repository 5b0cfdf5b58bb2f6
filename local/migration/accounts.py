"""Profiles with their progress, and preferences: their columns, and what their rows become. Pure functions."""

from collections.abc import Mapping, Sequence

from laurels import clock
from laurels.preferences.models import PreferencesPatch
from laurels.profiles.models import ProfileDraft
from laurels.standings.models import Counter
from local.migration.columns import Column, Fields, build, flag, missing, number, take, text, time, whole, whole_json
from local.migration.models import NewProfile
from local.migration.reading import Refusal, Row

_COUNTERS = tuple(map(str, Counter))
_STAMPS = ("created_at", "updated_at", "last_login_at", "last_seen_at")
_MOST = 2**32 - 1
PROFILE = {
    "id": Column("user_id", text),
    "user_id": Column("user_id", text),
    "display_name": Column("display_name", text),
    "username": Column("display_name", text),
    "name": Column("display_name", text),
    "full_name": Column("display_name", text),
    "about": Column("about", text),
    "bio": Column("about", text),
    "avatar_url": Column("avatar_url", text),
    "social_links": Column("social_links", whole_json),
    "location": Column("location", text),
    "website": Column("website", text),
    "phone_number": Column("phone_number", text),
    "phone": Column("phone_number", text),
    "language": Column("language", text),
    "is_verified": Column("is_verified", flag),
    "is_active": Column("is_active", flag),
    **{name: Column(name, time) for name in _STAMPS},
    **{name: Column(name, whole) for name in _COUNTERS},
    "average_grade": Column("average_grade", number),
}
_COMPUTED = "is computed from the awards"
_PROFILE_UNMAPPED = {
    "email": "e-mail addresses are not kept",
    "password_hash": "passwords are the auth service's",
    "points": _COMPUTED,
    "achievements_count": _COMPUTED,
}
_PARTS = ("profile", "achievements", "badges", "goals", "stats")
PREFERENCES = {
    "user_id": Column("user_id", text),
    **{name: Column(name, text) for name in ("language", "timezone", "theme", "date_format", "time_format")},
    **{
        name: Column(name, flag)
        for name in ("email_notifications", "push_notifications", "sms_notifications", "newsletter", "marketing")
    },
    "visibility": Column("visibility", whole_json),
    **{f"visibility_{part}": Column(f"visibility_{part}", text) for part in _PARTS},
    "leaderboards": Column("leaderboards", text),
    "custom_settings": Column("custom_settings", whole_json),
}
_PREFERENCES_UNMAPPED = {"id": "a user has one row of preferences, found by user_id"}


def accounts(profiles: Sequence[Row], preferences: Sequence[Row]) -> tuple[dict[str, NewProfile], list[Refusal]]:
    """Return the profile of each user, with the preferences. Preferences alone make a profile, too."""
    refused: list[Refusal] = []
    made: dict[str, NewProfile] = {}
    for row in profiles:
        new, problems = _profile(row)
        refused += problems
        if new and new.fields["user_id"] in made:
            refused.append(_twice(row))
        elif new:
            made[new.fields["user_id"]] = new
    chosen: set[str] = set()
    for row in preferences:
        user_id, patch, problems = _preferences(row)
        refused += problems
        if user_id in chosen:
            refused.append(_twice(row))
        elif user_id is not None:
            chosen.add(user_id)
            new = made.get(user_id) or NewProfile(row, {"user_id": user_id}, {}, {}, None, 0)
            language = patch.pop("language", None)
            fields = {**new.fields, "language": language} if language else new.fields
            made[user_id] = new._replace(fields=fields, preferences=patch)
    return made, refused


def _profile(row: Row) -> tuple[NewProfile | None, list[Refusal]]:
    fields, refused = take(row, PROFILE, _PROFILE_UNMAPPED)
    stamps = {name: fields.pop(name) for name in _STAMPS if name in fields}
    counters = {name: fields.pop(name) for name in _COUNTERS if name in fields}
    average = fields.pop("average_grade", None)
    for name, count in list(counters.items()):
        if not 0 <= count <= _MOST:
            refused.append(Refusal(row.file, row.number, name, f"must be between 0 and {_MOST}"))
            del counters[name]
    if average is not None and not 0 <= average <= 100:
        refused.append(Refusal(row.file, row.number, "average_grade", "must be between 0 and 100"))
        average = None
    draft, problems = build(ProfileDraft, fields, row, ["user_id"])
    refused += problems
    if draft is None or draft.user_id == "me":
        return None, refused if draft is None else [*refused, missing(row, "user_id")]
    if "updated_at" not in stamps and "created_at" in stamps:
        stamps["updated_at"] = stamps["created_at"]
    counted = clock.ms_of(stamps["updated_at"]) if "updated_at" in stamps else 0
    stored = {"user_id": draft.user_id} | draft.changes | stamps
    return NewProfile(row, stored, {}, {Counter(k): v for k, v in counters.items()}, average, counted), refused


def _preferences(row: Row) -> tuple[str | None, Fields, list[Refusal]]:
    fields, refused = take(row, PREFERENCES, _PREFERENCES_UNMAPPED)
    parts = {part: fields.pop(f"visibility_{part}") for part in _PARTS if f"visibility_{part}" in fields}
    if parts:
        whole_map = fields.get("visibility", {})
        fields["visibility"] = {**(whole_map if isinstance(whole_map, Mapping) else {}), **parts}
    owner, problems = build(ProfileDraft, {k: v for k, v in fields.items() if k == "user_id"}, row, ["user_id"])
    refused += problems
    if owner is None or owner.user_id == "me":
        return None, {}, refused if owner is None else [*refused, missing(row, "user_id")]
    patch, problems = build(PreferencesPatch, {k: v for k, v in fields.items() if k != "user_id"}, row, [])
    changes = patch.changes if patch else {}
    return owner.user_id, changes, refused + problems


def _twice(row: Row) -> Refusal:
    return Refusal(row.file, row.number, None, "an earlier row is about the same user")
