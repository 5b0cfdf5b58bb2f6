"""Streaks: read them, and give freezes that keep them."""

from laurels import clock, settings, table
from laurels.callers import Caller
from laurels.errors import Conflict
from laurels.idempotency import Origin
from laurels.people import service as people
from laurels.retries import retrying
from laurels.standings import freezes
from laurels.standings import rules as standings_rules
from laurels.standings import service as standings
from laurels.streaks import rules
from laurels.streaks.models import FreezesDraft, FreezesHeld, Streaks


def get(user_id: str, caller: Caller) -> Streaks:
    """The user's streaks, for those who may see them; NotFound for others and for users nobody has heard of."""
    _, standing, _ = people.read_visible(user_id, caller, "stats")
    found = rules.describe(standing, clock.now())
    # The zone is one of the preferences, which are nobody else's business.
    return found if caller.sub == user_id or caller.is_admin else found.model_copy(update={"timezone": None})


def add_freezes(user_id: str, draft: FreezesDraft, origin: Origin) -> FreezesHeld:
    """Gives all of the freezes or, raising Conflict, none, if more than MAX_FREEZES would be held.

    That the origin has been served is remembered along with the freezes, in the same write, as events are.
    """

    limit = min(settings.number("MAX_FREEZES", 2), freezes.MAX_HELD)

    def attempt() -> FreezesHeld:
        standing, now = standings.get(user_id), clock.epoch_ms(clock.now())
        if standings_rules.remember(standing, origin.id):
            if not freezes.grant(standing, draft.count, now, limit):
                held = freezes.held(standing, now)
                raise Conflict(f"At most {limit} freezes can be held, and {held} are held now.")
            table.write(standings.put(standing))
        return FreezesHeld(freezes=freezes.held(standing, now))

    return retrying(attempt)
