"""Ingesting what the auth services tell of users: profiles begin, sign-ins are noted, deleted users are erased.

Messages may be repeated, and arrive in any order. Each says what is so from then on, so a message that is late changes
nothing that a later one has said: a name is taken only where none was chosen, the earliest creation and the latest
sign-in stay, and nothing brings an erased user back.
"""

from collections.abc import Sequence
from functools import partial

from laurels import batches, clock, settings, telemetry
from laurels.callers import Caller
from laurels.errors import Gone, NotFound
from laurels.events import messages
from laurels.events.messages import Happened, UserEvent
from laurels.people import service as people
from laurels.people.models import DEFAULT_NAME
from laurels.privacy import service as privacy
from laurels.queues import Message
from laurels.writes import Item


def apply(received: Sequence[Message]) -> list[Message]:
    """Apply a batch of messages. Return those that SQS is to deliver again. E-mails and names are not parked."""
    dead_letters = settings.text("USER_EVENTS_DLQ_URL")
    return batches.consume(received, dead_letters, messages.parse, _apply_all, redact=messages.redacted)


def _apply_all(found: Sequence[UserEvent]) -> None:
    for each in found:
        try:
            _apply(each)
        except (Gone, NotFound):  # of an erased user
            telemetry.count("UserEventsDropped")


def _apply(event: UserEvent) -> None:
    if event.what is Happened.OTHER:
        telemetry.count("UserEventsIgnored")
    elif event.what is Happened.DELETED:
        # As the user's own request. An unknown user is erased too, so that a late message cannot create them.
        privacy.start_erasure(event.user_id, Caller(sub=event.user_id))
    else:
        new = partial(people.fresh, event.user_id, event.name)
        people.revise(event.user_id, lambda profile: _changes(profile, event), None, new)


def _changes(profile: Item, event: UserEvent) -> dict[str, object]:
    found: dict[str, object] = {}
    now = clock.now_ms()
    if event.name and profile["display_name"] == DEFAULT_NAME:
        found |= {"display_name": event.name, "updated_at": clock.iso_of(now)}
    if event.what is Happened.CREATED and event.at is not None and clock.iso_of(event.at) < profile["created_at"]:
        # The profile begins now, or has begun with another message or the user's first request.
        found["created_at"] = clock.iso_of(event.at)
    if event.what is Happened.LOGGED_IN:
        at = clock.iso_of(now if event.at is None else min(event.at, now))
        if at > profile.get("last_login_at", ""):
            found["last_login_at"] = at
    return found
