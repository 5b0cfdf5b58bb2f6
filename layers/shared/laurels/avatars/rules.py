"""Which avatar is newer, which objects are outdated, and the address of an avatar. No I/O."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from laurels import keys
from laurels.avatars.models import SIZES
from laurels.people import rules as people_rules

_MOMENT = 16  # digits of an id: its time, and a part that distinguishes ids of the same millisecond


def avatar_id(upload_id: str, body: bytes) -> str:
    """Return an id that sorts by the time of the upload's form and identifies the content, so that an address never
    changes its content, even if a form is used twice."""
    return upload_id[:_MOMENT] + hashlib.sha256(body).hexdigest()[: 32 - _MOMENT]


def may_show(upload_id: str, profile: Mapping[str, Any] | None) -> bool:
    """True if the user exists and nothing was decided about their avatar since the upload was started."""
    if profile is None or people_rules.is_erased(profile):
        return False
    return upload_id[:_MOMENT] > str(profile.get("avatar_id", ""))[:_MOMENT]


def may_refuse(upload_id: str, reason: str, profile: Mapping[str, Any]) -> bool:
    """True if the profile should show why the upload failed: nothing newer was decided or has failed, and it does not
    show this yet.

    A form that was used twice may fail for two reasons: the later one is shown.
    """
    shown_error = profile.get("avatar_error", {})
    if (shown_error.get("upload_id"), shown_error.get("reason")) == (upload_id, reason):
        return False
    newest_failure = str(shown_error.get("upload_id", ""))[:_MOMENT]
    return may_show(upload_id, profile) and upload_id[:_MOMENT] >= newest_failure


def is_answered(upload_id: str, profile: Mapping[str, Any]) -> bool:
    """True if the profile shows an error of this upload or an older one."""
    return "avatar_error" in profile and upload_id[:_MOMENT] >= str(profile["avatar_error"]["upload_id"])[:_MOMENT]


def unchanged(user_id: str, profile: Mapping[str, Any]) -> dict[str, Any]:
    """Return the condition that the user exists and the avatar's fields are unchanged since the profile was read."""
    read = {name: profile.get(name) for name in ("avatar_id", "avatar_error")}
    return {"user_id": user_id, "erased_at": None, **read}


def shown(profile: Mapping[str, Any] | None) -> str:
    """Return the last decision about the avatar; empty if there is no user to show it."""
    return "" if profile is None or people_rules.is_erased(profile) else str(profile.get("avatar_id", ""))


def outdated(found: Iterable[str], user_id: str, current: str, upload_id: str = "") -> list[str]:
    """Return the user's avatar objects that are older than the `current` one or belong to that upload.

    Newer ones belong to a run that is about to show them.
    """
    begin = keys.avatar(user_id)

    def is_outdated(name: str) -> bool:
        found_id = name.removeprefix(begin).partition("/")[0]
        moment = found_id[:_MOMENT]
        return found_id != current and (moment <= current[:_MOMENT] or moment == upload_id[:_MOMENT])

    return [name for name in found if is_outdated(name)]


def url(base: str, user_id: str, avatar_id: str) -> str:
    """Return the address of the largest picture; the others are beside it."""
    return f"{base.rstrip('/')}/{quote(keys.avatar(user_id, avatar_id, SIZES[-1]), safe='/-_.~')}"
