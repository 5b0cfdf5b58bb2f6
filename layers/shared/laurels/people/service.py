"""A user's profile as other rooms need it, together with the standing, which is read in the same request.

This room has no endpoint. It decides visibility, and it makes the changes of a profile that must change other items in
the same transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from laurels import clock, keys, revisions, settings, table, tombstones
from laurels.callers import RESERVED_IDS, Caller
from laurels.errors import Forbidden, NotFound
from laurels.fields import tidied
from laurels.keys import Key
from laurels.people import directory, rules
from laurels.people.figures import Figure
from laurels.people.models import DEFAULT_NAME, MAX_NAME, Card, Visibility
from laurels.people.rules import View
from laurels.retries import retrying
from laurels.standings import service as standings
from laurels.standings import zones
from laurels.standings.models import Listing, Standing
from laurels.table import Cancelled
from laurels.writes import ABSENT, Delete, Item, Put, Update, Write

VERSION = 1


def default_visibility() -> Visibility:
    """Return the visibility of parts for which the user never chose one."""
    return Visibility(settings.text("DEFAULT_VISIBILITY", Visibility.USERS))


def default_listing() -> Listing:
    """Return how users who never chose appear on boards."""
    return Listing(settings.text("DEFAULT_LISTING", Listing.SHOWN))


def read(user_id: str, *, consistent: bool = False) -> tuple[Item | None, Standing]:
    """Read the user's profile (as stored) and standing in one request. The tombstone of an erased user takes the
    place of the profile: `rules.is_erased` recognises it."""
    wanted = [keys.profile(user_id), keys.standing(user_id), tombstones.key(user_id)]
    profile, standing, tombstone = table.get_many(wanted, consistent=consistent)
    return tombstone or profile, standings.of(user_id, standing)


class Visible(NamedTuple):
    """A user's profile and standing, and what the caller may see of them. `others` are the items of further keys, in
    order; None for a missing one."""

    profile: Item | None
    standing: Standing
    others: list[Item | None]
    view: View


def read_visible(user_id: str, caller: Caller, figure: Figure, *more: Key, consistent: bool = False) -> Visible:
    """Read the user's profile and standing, and the items of `more` keys, in one request. It is consistent for the
    user's own calls, and if `consistent`.

    Raises NotFound if the caller may not see that figure of the user, or if the user is unknown and not the caller.
    """
    own = caller.sub == user_id  # users read what they have just written
    wanted = [keys.profile(user_id), keys.standing(user_id), tombstones.key(user_id), *more]
    profile, standing, tombstone, *others = table.get_many(wanted, consistent=own or consistent)
    if not (own or profile or standing):
        raise not_found()
    seen = require_visible(user_id, tombstone or profile, caller, figure)
    return Visible(profile, standings.of(user_id, standing), others, seen)


def view(user_id: str, profile: Item | None, caller: Caller) -> View:
    """Return what the caller may see of the user."""
    return rules.view(user_id, profile, caller, default_visibility())


def require_visible(user_id: str, profile: Item | None, caller: Caller, figure: Figure) -> View:
    """Return what the caller may see of the user. Raises NotFound unless that figure is part of it."""
    seen = view(user_id, profile, caller)
    if not seen.shows(figure):
        raise not_found()
    return seen


def require_present(profile: Item | None) -> Item:
    """Return the profile. Raises NotFound if there is none or the user was erased."""
    if profile is None or rules.is_erased(profile):
        raise not_found()
    return profile


def not_found() -> NotFound:
    """Return one error for missing, hidden and erased users, so that they cannot be told apart."""
    return NotFound("There is no such user, or it is not yours to see.")


def read_many(user_ids: Sequence[str], known: Mapping[str, Item | None] | None = None) -> dict[str, Item | None]:
    """Read the profiles of distinct users, as stored; one request per 100, none for those that are `known`.

    Users without a profile may have been erased since a board was computed: one more request reads their tombstones,
    each of which takes the place of the profile, as in `read`.
    """
    known = known or {}
    unread = [user_id for user_id in user_ids if user_id not in known]
    profiles = {**known, **dict(zip(unread, table.get_many([keys.profile(each) for each in unread]), strict=True))}
    found = {user_id: profiles[user_id] for user_id in user_ids}
    missing = [user_id for user_id, profile in found.items() if profile is None]
    return found | dict(zip(missing, table.get_many([tombstones.key(each) for each in missing]), strict=True))


def listing(profile: Item | None) -> Listing:
    """Return how the user appears on boards."""
    return rules.listing(profile) or default_listing()


def views(found: Mapping[str, Item | None], caller: Caller) -> dict[str, View]:
    """Return what the caller may see on boards of each of these users: nothing of anonymous and hidden ones."""
    return {
        user_id: view(user_id, profile, caller) if listing(profile) is Listing.SHOWN else rules.NOTHING
        for user_id, profile in found.items()
    }


def card(profile: Item | None) -> Card:
    """Return how the user appears in lists."""
    return Card.model_validate(profile or {})


def fresh(user_id: str, name: str = "") -> Item:
    """Return a new profile's item, not yet written. `name` comes from the token. Raises Forbidden for a reserved id."""
    if user_id in RESERVED_IDS:
        raise Forbidden(f"{user_id} cannot be a user's id: it has a meaning of its own in paths.")
    now = clock.iso(clock.now())
    return {
        **keys.profile(user_id)._asdict(),
        "v": VERSION,
        "rev": 1,
        "user_id": user_id,
        "display_name": tidied(name, MAX_NAME) or DEFAULT_NAME,
        "is_verified": False,
        "is_active": True,
        "created_at": now,
        "updated_at": now,
        **directory.CURRENT,
    }


def begin(profile: Item) -> Item:
    """Write a new profile and its index items. Return the stored profile: this one, or an earlier one. Raises Invalid
    if it is too large, and Gone for an erased user."""
    rules.check_size(None, profile)

    def attempt() -> Item:
        try:
            table.write(*_creation(profile))
        except Cancelled as failure:
            if failure.failed(1):
                raise tombstones.gone() from None
            return failure.reasons[0].item or profile
        return profile

    return retrying(attempt)


def revise(
    user_id: str,
    compute_changes: Callable[[Item], Mapping[str, Any]],
    expected: int | None,
    create: Callable[[], Item] | None = None,
) -> tuple[Item, Standing]:
    """Change a profile and everything that depends on it in one transaction: the search index, the lists of users, and
    the standing's time zone and listing. Return the new profile and standing.

    `compute_changes` returns the changed fields for the stored profile (None: delete the field). If it holds them
    already, nothing is written, apart from words for the search that older rules made. `create` makes a profile if
    there is none; without it that is NotFound. `expected` is the revision of `If-Match`. Raises Stale, and Invalid if
    the profile gets too large.
    """

    def attempt() -> tuple[Item, Standing]:
        before, standing = read(user_id, consistent=True)
        profile = require_present(before or (create() if create else None))
        changes = compute_changes(profile)
        if before is None:
            revisions.require_match(expected, 0)
        else:
            same = rules.has(before, changes)
            if revisions.is_unchanged(expected, before["rev"], same=same) and not directory.is_outdated(before):
                return before, standing
            changes = {} if same else changes
        after, written = changed(before, profile, changes)
        rules.check_size(before, after)
        table.write(*written, *_in_standing(before, after, standing))
        return after, standing

    return retrying(attempt)


def setting(user_id: str, changes: Mapping[str, Any], when: Mapping[str, Any]) -> Update:
    """Return the write that changes these fields of a profile (None: delete the field) and no others."""
    return Update(
        keys.profile(user_id),
        set={name: value for name, value in changes.items() if value is not None},
        remove=[name for name, value in changes.items() if value is None],
        add={"rev": 1},
        when=when,
    )


def changed(before: Item | None, profile: Item, changes: Mapping[str, Any]) -> tuple[Item, list[Write]]:
    """Return the profile with these fields (None: delete), and the writes that store it if it is unchanged since
    `before`."""
    changes = {**changes, **directory.CURRENT}
    after = {name: value for name, value in {**profile, **changes}.items() if value is not None}
    if before is None:
        return after, _creation(after)
    change = setting(profile["user_id"], changes, {"rev": before["rev"]})
    return after | {"rev": before["rev"] + 1}, [change, *directory.changes(before, after)]


def removal(profile: Item) -> list[Write]:
    """Return the writes that delete the profile and its index items if it is unchanged since it was read."""
    index = [Delete(key) for key in directory.keys_of(profile)]
    return [Delete(keys.profile(profile["user_id"]), when={"rev": profile["rev"]}), *index]


def _creation(profile: Item) -> list[Write]:
    return [Put(profile, when=ABSENT), tombstones.absent(profile["user_id"]), *directory.new(profile)]


def _in_standing(before: Item | None, after: Item, standing: Standing) -> list[Write]:
    zone, listed = rules.timezone(after), rules.listing(after)
    if (zone, listed) == (rules.timezone(before), rules.listing(before)):
        return []
    if zone != standing.timezone:
        zones.move(standing, zone, clock.now_ms())
    standing.listing = listed
    return [standings.put(standing)]
