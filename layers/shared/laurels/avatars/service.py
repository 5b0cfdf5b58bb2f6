"""Avatars: start an upload, delete the avatar.

`avatar_id` in the profile is the last decision about the avatar: a picture, or that there is none. It begins with a
time, so an upload that was started earlier is late and changes nothing. `avatar_error` says why an upload failed, until
the next one is started.
"""

from laurels import clock, keys, settings, storage, table, tombstones
from laurels.avatars import rules
from laurels.avatars.models import AvatarDraft, AvatarForm
from laurels.callers import Caller
from laurels.errors import Invalid
from laurels.idempotency import Origin
from laurels.people import service as people
from laurels.retries import retrying
from laurels.table import ConditionFailed

MAX_SIZE = 5 * 1024 * 1024  # bytes
FORM_SECONDS = 600


def start_upload(caller: Caller, draft: AvatarDraft) -> AvatarForm:
    """Return a form with which the caller can upload one picture. Creates the profile if there is none. Raises Invalid,
    and NotFound or Gone for an erased user."""
    limit = max_size()
    if draft.size > limit:
        raise Invalid.field("size", f"must be at most {limit} bytes", "less_than_equal")
    retrying(lambda: _begin(caller))
    name = keys.avatar_upload(caller.sub, Origin.unique().new_id())
    form = storage.upload_form(name, draft.content_type, limit, FORM_SECONDS)
    return AvatarForm(url=form.url, fields=form.fields, expires_at=form.expires_at, max_size=limit)


def _begin(caller: Caller) -> None:
    """Create the caller's profile if there is none, and delete the error of an earlier upload."""
    profile = table.get(keys.profile(caller.sub)) or people.begin(people.fresh(caller.sub, caller.name))
    people.require_present(profile)
    if "avatar_error" in profile:
        unchanged = rules.unchanged(caller.sub, profile)
        table.write(people.setting(caller.sub, {"avatar_error": None}, unchanged))


def remove(user_id: str) -> None:
    """Delete the user's avatar and all earlier uploads. Idempotent. Raises Gone for an erased user."""
    decided = Origin.unique().new_id()
    changes = {"avatar_id": decided, "avatar_url": None, "avatar_error": None, "updated_at": clock.iso(clock.now())}

    def attempt() -> None:
        try:
            table.write(people.setting(user_id, changes, {"user_id": user_id}))
        except ConditionFailed:  # without a profile, leftover objects are deleted all the same
            tombstones.refuse(table.get(tombstones.key(user_id), consistent=True))

    retrying(attempt)
    storage.delete(rules.outdated(storage.names(keys.avatar(user_id)), user_id, decided))


def max_size() -> int:
    """Return the largest size of a picture in bytes."""
    return settings.number("MAX_AVATAR_SIZE", MAX_SIZE)
