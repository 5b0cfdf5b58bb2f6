"""A user's profile as other rooms need it, together with the standing, which is read in the same request.

This room has no endpoint. It decides visibility, and it makes the changes of a profile that must change other items in
the same transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from laurels import clock, keys, revisions, table
from laurels.callers import RESERVED_IDS, Caller
from laurels.errors import Forbidden, NotFound
from laurels.fields import tidied
from laurels.keys import Key
from laurels.people import directory, rules
from laurels.people.models import DEFAULT_NAME, MAX_NAME, Card
from laurels.retries import retrying
from laurels.standings import service as standings
from laurels.standings import zones
from laurels.standings.models import Standing
from laurels.table import Cancelled
from laurels.writes import ABSENT, Check, Item, Put, Update, Write

VERSION = 1


def read(user_id: str, *, consistent: bool = False) -> tuple[Item | None, Standing]:
    """Read the user's profile (as stored) and standing in one request."""
    profile, standing = table.get_many([keys.profile(user_id), keys.standing(user_id)], consistent=consistent)
    return profile, standings.of(user_id, standing)


class Visible(NamedTuple):
    """A user's profile and standing that the caller may see. `others` are the items of further keys, in order; None for
    a missing one."""

    profile: Item | None
    standing: Standing
    others: list[Item | None]


def read_visible(user_id: str, caller: Caller, part: str, *more: Key) -> Visible:
    """Read the user's profile and standing, and the items of `more` keys, in one request.

    Raises NotFound if the caller may not see that part of the user's data, or if the user is unknown and not the
    caller.
    """
    own = caller.sub == user_id  # users read what they have just written
    wanted = [keys.profile(user_id), keys.standing(user_id), *more]
    profile, standing, *others = table.get_many(wanted, consistent=own)
    if not (own or profile or standing):
        raise not_found()
    require_visible(user_id, profile, caller, part)
    return Visible(profile, standings.of(user_id, standing), others)


def require_visible(user_id: str, profile: Item | None, caller: Caller, part: str) -> None:
    """Raise NotFound unless the caller may see that part of the user's data."""
    if not rules.may_see(user_id, profile, caller, part):
        raise not_found()


def require_present(profile: Item | None) -> Item:
    """Return the profile. Raises NotFound if there is none or the user was erased."""
    if profile is None or rules.is_erased(profile):
        raise not_found()
    return profile


def not_found() -> NotFound:
    """Return one error for missing, hidden and erased users, so that they cannot be told apart."""
    return NotFound("There is no such user, or it is not yours to see.")


def unerased(user_id: str) -> Check:
    """Return the part of a transaction that fails it if the user was erased."""
    return Check(keys.profile(user_id), when={"erased_at": None})


def read_many(user_ids: Sequence[str]) -> dict[str, Item | None]:
    """Read the profiles of distinct users, as stored; one request per 100."""
    return dict(zip(user_ids, table.get_many([keys.profile(user_id) for user_id in user_ids]), strict=True))


def cards(found: Mapping[str, Item | None]) -> dict[str, Card]:
    """Return how these users appear in lists now, without anonymous, hidden and inactive ones."""
    return {
        user_id: Card.model_validate(profile or {})
        for user_id, profile in found.items()
        if rules.is_listed(profile or {})
    }


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
    """Write a new profile and its index items. Return the stored profile: this one, or an earlier one."""

    def attempt() -> Item:
        try:
            table.write(Put(profile, when=ABSENT), *directory.new(profile))
        except Cancelled as failure:
            return failure.reasons[0].item or profile
        return profile

    return retrying(attempt)


def revise(
    user_id: str,
    think: Callable[[Item], Mapping[str, Any]],
    expected: int | None,
    otherwise: Callable[[], Item] | None = None,
) -> tuple[Item, Standing]:
    """Change a profile and everything that depends on it in one transaction: the search index, the lists of users, and
    the standing's time zone and listing. Return the new profile and standing.

    `think` maps the stored profile to the changed fields (None: delete the field). `otherwise` creates a profile if
    there is none; without it that is NotFound. `expected` is the revision of `If-Match`. Raises Stale.
    """

    def attempt() -> tuple[Item, Standing]:
        before, standing = read(user_id, consistent=True)
        profile = require_present(before or (otherwise() if otherwise else None))
        changes = think(profile)
        if before is None:
            revisions.require_match(expected, 0)
        elif revisions.already_done(expected, before["rev"], same=rules.has(before, changes)):
            return before, standing
        after, written = changed(before, profile, changes)
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
        return after, [Put(after, when=ABSENT), *directory.new(after)]
    change = setting(profile["user_id"], changes, {"rev": before["rev"]})
    return after | {"rev": before["rev"] + 1}, [change, *directory.changes(before, after)]


def _in_standing(before: Item | None, after: Item, standing: Standing) -> list[Write]:
    zone, listed = rules.timezone(after), rules.listing(after)
    if (zone, listed) == (rules.timezone(before), rules.listing(before)):
        return []
    if zone != standing.timezone:
        zones.move(standing, zone, clock.now_ms())
    standing.listing = listed
    return [standings.put(standing)]
