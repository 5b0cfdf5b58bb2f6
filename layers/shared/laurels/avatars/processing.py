"""What becomes of an uploaded picture: an avatar, or an error in the profile.

Events come at least once, in any order, and a run can die anywhere. So each step may be done again: the pictures have
names that follow from the upload and its content, the profile is changed on condition, what is outdated is cleared
away next, and the upload goes last, because as long as it is there the work is not done.
"""

from collections.abc import Mapping
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
    """What became of the object that S3 tells of, which somebody put there with a form of ours: `made`; `gone`; `late`
    (something newer was decided, or there is nobody to show it); or what is wrong with it.

    Raises Unavailable (and whatever else a door raises): the next delivery of the event goes on.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """
    telemetry.correlate(event["id"])
    name: str = event["detail"]["object"]["key"]  # here, other than in a bucket's own notifications, not escaped
    user_id, _, upload_id = name.removeprefix(keys.avatar_upload()).rpartition("/")
    outcome = _process(name, user_id, upload_id)
    storage.delete([name])
    telemetry.logger.info("An upload was processed.", outcome=outcome)
    return outcome


def _process(name: str, user_id: str, upload_id: str) -> str:
    profile = table.get(keys.profile(user_id), consistent=True)
    limit = service.max_size()
    body = storage.get(name, length=limit + 1)
    if body is None:  # an earlier delivery has done all there was to do
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
            profile = retrying(lambda: _show(user_id, upload_id, avatar_id))
    if fault:
        reason = fault
        profile = retrying(lambda: _refuse(user_id, upload_id, reason))
    current = rules.shown(profile)
    storage.delete(rules.outdated(storage.names(keys.avatar(user_id)), user_id, current, upload_id))
    return "made" if current == avatar_id else outcome


def _show(user_id: str, upload_id: str, avatar_id: str) -> Item | None:
    """Puts the avatar into the profile unless something newer was decided; the profile as it is then."""
    profile = table.get(keys.profile(user_id), consistent=True)
    if profile is None or not rules.may_show(upload_id, profile):
        return profile
    url = rules.url(settings.text("AVATARS_URL"), user_id, avatar_id)
    changes: dict[str, Any] = {"avatar_url": url, "avatar_id": avatar_id, "updated_at": clock.iso(clock.now())}
    if rules.is_answered(upload_id, profile):
        changes["avatar_error"] = None
    return table.write(people.setting(user_id, changes, rules.unchanged(user_id, profile)))


def _refuse(user_id: str, upload_id: str, fault: AvatarFault) -> Item | None:
    """Puts the reason into the profile unless a newer upload was begun or decided; the profile as it is then."""
    profile = table.get(keys.profile(user_id), consistent=True)
    if profile is None or not rules.may_refuse(upload_id, fault, profile):
        return profile
    error = {"reason": fault.value, "at": clock.iso(clock.now()), "upload_id": upload_id}
    return table.write(people.setting(user_id, {"avatar_error": error}, rules.unchanged(user_id, profile)))
