"""Processing an uploaded picture: it becomes the avatar, or an error in the profile.

Events are delivered at least once and in any order, and a run can die anywhere, so every step is idempotent: object
names follow from the upload and its content, the profile is changed conditionally, outdated objects are deleted next,
and the upload is deleted last, because its presence means that work remains.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from laurels import clock, keys, settings, storage, table, telemetry
from laurels.avatars import pictures, rules, service
from laurels.avatars.models import SIZES
from laurels.people import service as people
from laurels.people.models import AvatarFault
from laurels.retries import retrying
from laurels.writes import Item

_CACHE = "public, max-age=31536000, s-maxage=86400, immutable"


def process(event: Mapping[str, Any]) -> str:
    """Process the upload in an S3 event. Return `made`, `gone` (done by an earlier delivery), `late` (a newer decision
    exists, or there is no user), or what is wrong with the file.

    Raises Unavailable and other errors of the doors: the next delivery of the event resumes.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """
    telemetry.correlate(event["id"])
    name: str = event["detail"]["object"]["key"]  # not escaped, unlike in a bucket's own notifications
    user_id, _, upload_id = name.removeprefix(keys.avatar_upload()).rpartition("/")
    outcome = _process(name, user_id, upload_id)
    storage.delete([name])
    telemetry.logger.info("An upload was processed.", outcome=outcome)
    return outcome


def _process(name: str, user_id: str, upload_id: str) -> str:
    profile = table.get(keys.profile(user_id), consistent=True)
    limit = service.max_size()
    body = storage.get(name, length=limit + 1)
    if body is None:  # an earlier delivery has done the work
        return "gone"
    outcome, avatar_id = "late", rules.avatar_id(upload_id, body)
    fault: AvatarFault | None = None
    if len(body) > limit:
        outcome, fault = "too large", AvatarFault.TOO_LARGE
    elif rules.may_show(upload_id, profile):
        try:
            made = pictures.make(body, SIZES)
        except pictures.Unreadable as error:
            outcome, fault = str(error), error.reason
        else:
            for size, picture in made.items():
                storage.put(keys.avatar(user_id, avatar_id, size), picture, "image/webp", _CACHE)
            profile = retrying(partial(_show, user_id, upload_id, avatar_id))
    if fault:
        profile = retrying(partial(_refuse, user_id, upload_id, fault))
    current = rules.shown(profile)
    storage.delete(rules.outdated(storage.names(keys.avatar(user_id)), user_id, current, upload_id))
    return "made" if current == avatar_id else outcome


def _show(user_id: str, upload_id: str, avatar_id: str) -> Item | None:
    """Put the avatar into the profile unless a newer decision exists. Return the profile."""
    profile = table.get(keys.profile(user_id), consistent=True)
    if profile is None or not rules.may_show(upload_id, profile):
        return profile
    url = rules.url(settings.text("AVATARS_URL"), user_id, avatar_id)
    changes: dict[str, Any] = {"avatar_url": url, "avatar_id": avatar_id, "updated_at": clock.iso(clock.now())}
    if rules.is_answered(upload_id, profile):
        changes["avatar_error"] = None
    return table.update(people.setting(user_id, changes, rules.unchanged(user_id, profile)))


def _refuse(user_id: str, upload_id: str, fault: AvatarFault) -> Item | None:
    """Put the reason into the profile unless a newer upload has failed or was decided. Return the profile."""
    profile = table.get(keys.profile(user_id), consistent=True)
    if profile is None or not rules.may_refuse(upload_id, fault, profile):
        return profile
    error = {"reason": fault.value, "at": clock.iso(clock.now()), "upload_id": upload_id}
    return table.update(people.setting(user_id, {"avatar_error": error}, rules.unchanged(user_id, profile)))
