"""Badges: create, list, delete."""

from itertools import islice

from laurels import clock, keys, table, tombstones
from laurels.badges import rules
from laurels.badges.models import Badge, BadgeDraft
from laurels.callers import Caller
from laurels.errors import Conflict, NotFound
from laurels.idempotency import Origin
from laurels.paging import Listing, PageQuery
from laurels.people import service as people
from laurels.people.figures import Figure
from laurels.standings import service as standings
from laurels.standings import zones
from laurels.table import ConditionFailed
from laurels.writes import ABSENT, Delete, Put

VERSION = 1
MAX_BADGES = 500  # approximately: badges created at the same moment may exceed it


def list_all(user_id: str, caller: Caller, page: PageQuery) -> Listing[Badge]:
    """List the user's badges, newest first. Raises NotFound unless the caller may see them."""
    people.read_visible(user_id, caller, Figure.BADGES)
    found = table.select(
        keys.badge(user_id),
        lambda _: True,
        limit=page.limit,
        after=page.cursor,
        forward=False,
        consistent=caller.sub == user_id,  # users read what they have just written
    )
    return Listing[Badge](items=[Badge.model_validate(item) for item in found.items], next_cursor=found.last)


def create(user_id: str, draft: BadgeDraft, origin: Origin) -> Badge:
    """Create a badge, once per origin. Raises Conflict if there are too many, Invalid for a future date, Gone for an
    erased user."""
    key = keys.badge(user_id, origin.new_id())
    present = [item["SK"] for item in islice(table.query_all(keys.badge(user_id), consistent=True), MAX_BADGES)]
    if len(present) == MAX_BADGES and key.SK not in present:
        raise Conflict(f"You have {MAX_BADGES} badges, and there can be no more. Delete one first.")
    stored, tombstone = table.get_many([keys.standing(user_id), tombstones.key(user_id)], consistent=True)
    tombstones.refuse(tombstone)
    now = clock.now_ms()
    today = zones.today(standings.of(user_id, stored), now)
    item = {
        **key._asdict(),
        "v": VERSION,
        "badge_id": origin.new_id(),
        "name": draft.name,
        "description": draft.description,
        "date_achieved": rules.achieved_on(draft.date_achieved, today).isoformat(),
        "created_at": clock.iso_of(now),
    }
    if draft.icon_url:
        item["icon_url"] = draft.icon_url
    try:
        table.write(Put(item, when=ABSENT))
    except ConditionFailed as failure:  # created by an earlier attempt whose response was lost
        item = failure.item or item
    return Badge.model_validate(item)


def delete(user_id: str, badge_id: str) -> None:
    """Delete a badge. Raises NotFound if there is none, and Gone for an erased user."""
    key = keys.badge(user_id, badge_id)
    found, tombstone = table.get_many([key, tombstones.key(user_id)], consistent=True)
    tombstones.refuse(tombstone)
    if found is None:
        raise NotFound("There is no such badge.")
    table.write(Delete(key))
