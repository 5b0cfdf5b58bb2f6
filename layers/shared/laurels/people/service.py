"""A user's profile as other rooms need it. Its partner is the standing: both are read in one request.

It has no endpoint of its own: all that is shown by visibility asks here, and what changes a profile so that more must
change along with it is done here, in one transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from laurels import clock, keys, table
from laurels.callers import RESERVED_IDS, Caller
from laurels.errors import Forbidden, NotFound, Stale
from laurels.fields import tidied
from laurels.keys import Key
from laurels.people import directory, rules
from laurels.people.models import DEFAULT_NAME, MAX_NAME, Card
from laurels.retries import retrying
from laurels.standings import rules as standings_rules
from laurels.standings import service as standings
from laurels.standings.models import Standing
from laurels.table import Cancelled
from laurels.writes import ABSENT, Item, Put, Update, Write

VERSION = 1


def read(user_id: str, *, consistent: bool = False) -> tuple[Item | None, Standing]:
    """The user's profile (as the table keeps it) and standing, in one request."""
    profile, standing = table.get_many([keys.profile(user_id), keys.standing(user_id)], consistent=consistent)
    return profile, standings.of(user_id, standing)


def read_visible(
    user_id: str, caller: Caller, part: str, *more: Key
) -> tuple[Item | None, Standing, list[Item | None]]:
    """The user's profile and standing, and what else is asked for, in one request, if the caller may see that part.

    Raises NotFound for others, and to others for users of whom nobody has heard.
    """
    own = caller.sub == user_id  # people look at what they have just changed
    wanted = [keys.profile(user_id), keys.standing(user_id), *more]
    profile, standing, *others = table.get_many(wanted, consistent=own)
    if not (own or profile or standing):
        raise nobody()
    require_visible(user_id, profile, caller, part)
    return profile, standings.of(user_id, standing), others


def require_visible(user_id: str, profile: Item | None, caller: Caller, part: str) -> None:
    """Raises NotFound unless the caller may see that part of the user's."""
    if not rules.may_see(user_id, profile, caller, part):
        raise nobody()


def nobody() -> NotFound:
    """The same for who is not there, is hidden, and has left: a stranger cannot tell one from the other."""
    return NotFound("There is no such user, or it is not yours to see.")


def read_many(user_ids: Sequence[str]) -> dict[str, Item | None]:
    """The profiles of distinct users, as the table keeps them; one request for 100."""
    return dict(zip(user_ids, table.get_many([keys.profile(user_id) for user_id in user_ids]), strict=True))


def cards(found: Mapping[str, Item | None]) -> dict[str, Card]:
    """How these users appear in lists now. Who wants to be anonymous or hidden, or is not active, is left out."""
    return {
        user_id: Card.model_validate(profile or {})
        for user_id, profile in found.items()
        if rules.is_listed(profile or {})
    }


def fresh(user_id: str, name: str = "") -> Item:
    """A profile to begin with. `name` is what the token says."""
    if user_id in RESERVED_IDS:
        raise Forbidden(f"Nobody can be called {user_id} here: it has a meaning of its own in paths.")
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
    """Writes a new profile, with what leads to it; what stands there then: this one, or one that was there before."""

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
    """Changes a profile, and all that must change with it, in one transaction: the words it is found by, the lists of
    users, and what the standing holds of it (time zone, listing). The new profile and standing.

    `think` says which fields are new (None: gone), from the profile as it is. `otherwise` makes a profile where there
    is none; without it that is NotFound. `expected` is the revision that the client has read: Stale if it is another.
    """

    def attempt() -> tuple[Item, Standing]:
        before, standing = read(user_id, consistent=True)
        profile = before or (otherwise() if otherwise else None)
        if profile is None or rules.is_erased(profile):
            raise nobody()
        changes = think(profile)
        if expected is not None and expected != (before["rev"] if before else 0):
            if before and is_done(before, changes, expected):
                return before, standing
            raise Stale("The document has changed since you read it. Read it again and repeat your change.")
        after, written = changed(before, profile, changes)
        table.write(*written, *_in_standing(before, after, standing))
        return after, standing

    return retrying(attempt)


def is_done(found: Item, changes: Mapping[str, Any], expected: int) -> bool:
    """True if this may be the repetition of a change that succeeded, the door's or the client's: it is the next
    revision and all that is wanted stands there. RFC 9110 (section 13.1.1) lets us say so."""
    wanted = {name: value for name, value in changes.items() if name != "updated_at"}
    return bool(found["rev"] == expected + 1) and all(found.get(name) == value for name, value in wanted.items())


def setting(user_id: str, changes: Mapping[str, Any], when: Mapping[str, Any]) -> Update:
    """The write that changes these fields of a profile (None: gone) and no others: what others write there holds."""
    return Update(
        keys.profile(user_id),
        set={name: value for name, value in changes.items() if value is not None},
        remove=[name for name, value in changes.items() if value is None],
        add={"rev": 1},
        when=when,
    )


def changed(before: Item | None, profile: Item, changes: Mapping[str, Any]) -> tuple[Item, list[Write]]:
    """The profile with these fields (None: gone), and the writes that make it so if it is still as it was `before`."""
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
        standings_rules.move(standing, zone, clock.epoch_ms(clock.now()))
    standing.listing = listed
    return [standings.put(standing)]
