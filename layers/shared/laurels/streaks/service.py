"""Streaks: read them, and add freezes that keep them alive."""

from laurels import clock, keys, settings, table, tombstones
from laurels.callers import Caller
from laurels.errors import Conflict
from laurels.idempotency import Origin
from laurels.people import service as people
from laurels.people.figures import Figure
from laurels.retries import retrying
from laurels.standings import freezes
from laurels.standings import rules as standings_rules
from laurels.standings import service as standings
from laurels.streaks import rules
from laurels.streaks.models import FreezesDraft, FreezesHeld, Streaks


def get(user_id: str, caller: Caller) -> Streaks:
    """Return the user's streaks. Raises NotFound if the caller may not see them, or if the user is unknown."""
    found = people.read_visible(user_id, caller, Figure.ACTIVITY)
    return rules.describe(found.standing, clock.now_ms(), found.view)


def add_freezes(user_id: str, draft: FreezesDraft, origin: Origin) -> FreezesHeld:
    """Add all of the freezes, or none and raise Conflict if more than MAX_FREEZES would be held.

    The same write records the origin like an event, so a repeated request adds nothing. Raises Gone for an erased user.
    """

    limit = min(settings.number("MAX_FREEZES", 2), freezes.MAX_HELD)

    def attempt() -> FreezesHeld:
        stored, tombstone = table.get_many([keys.standing(user_id), tombstones.key(user_id)])
        tombstones.refuse(tombstone)
        standing, now = standings.of(user_id, stored), clock.now_ms()
        if standings_rules.remember(standing, origin.id):
            if not freezes.grant(standing, draft.count, now, limit):
                held = freezes.held(standing, now)
                raise Conflict(f"At most {limit} freezes can be held, and {held} are held now.")
            table.write(standings.put(standing))
        return FreezesHeld(freezes=freezes.held(standing, now))

    return retrying(attempt)
