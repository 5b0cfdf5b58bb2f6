"""Profiles: create, read by visibility, change, list, search.

The search index changes in the same transaction as the profile: see people/directory.py.
"""

from collections.abc import Callable
from typing import Any

from laurels import clock, keys, revisions, table, tombstones
from laurels.callers import Caller, Grant
from laurels.errors import Conflict, Forbidden, Invalid
from laurels.idempotency import Origin
from laurels.languages import Languages
from laurels.paging import Listing, Page
from laurels.people import directory, names
from laurels.people import rules as people_rules
from laurels.people import service as people
from laurels.profiles import rules
from laurels.profiles.models import (
    FoundUser,
    Order,
    Part,
    Profile,
    ProfileDraft,
    ProfileFilter,
    ProfilePatch,
    PublicProfile,
    UserSearch,
)
from laurels.retries import retrying
from laurels.revisions import Revised
from laurels.standings import service as standings
from laurels.standings.models import Standing
from laurels.table import ConditionFailed
from laurels.writes import Item

_TRUSTED_FIELDS = {"is_verified", "is_active"}  # meaningless if users could set them for themselves
_SHARED_FIELDS = {"display_name", "is_active"}  # copied into the lists of users and the search index
# Items of the one Query behind a page. Some users match by two words and some are inactive, so it reads twice as many
# as wanted. A search for several words looks up one of them, and few of the matches have the other words as well.
# Few of all users are inactive.
_ITEMS_PER_USER, _ITEMS_FOR_FEW = 2, 500

Seen = Profile | PublicProfile  # as the owner and admins see it, or as others do


def get(user_id: str, caller: Caller, languages: Languages, parts: set[Part]) -> Revised[Seen]:
    """Return the profile with those of the wanted parts that the caller may see. Raises NotFound."""
    profile, standing, _ = people.read_visible(user_id, caller, "profile")
    profile = people.require_present(profile)
    hidden = frozenset(part for part in Part if not people_rules.may_see(user_id, profile, caller, part))
    seen = _revised(profile, standing, caller, hidden)
    if parts:
        # Imported here for the cold start: a profile alone does not need four other rooms.
        from laurels.profiles import includes

        found = includes.parts(user_id, caller, languages, parts - hidden)
        return seen._replace(content=seen.content.model_copy(update=found))
    return seen


def get_me(caller: Caller) -> Revised[Profile]:
    """Return the caller's own profile, created on the first call. Raises Gone for an erased user."""
    profile, standing = people.read(caller.sub, consistent=True)
    profile = profile or people.begin(people.fresh(caller.sub, caller.name))
    _require_not_gone(profile)
    return Revised(rules.describe(profile, standing, private=True), profile["rev"])


def create(draft: ProfileDraft, origin: Origin, caller: Caller) -> Revised[Seen]:
    """Create a profile, once per origin. Raises Conflict if there is one already, Forbidden, Gone."""
    user_id = caller.resolve(draft.user_id)
    if user_id != caller.sub:
        caller.needs(Grant.USERS_WRITE, Grant.ADMIN)
    _require_trusted(draft, caller)
    fields = {name: value for name, value in draft.changes.items() if value is not None}
    name = caller.name if user_id == caller.sub else ""
    profile = people.begin(people.fresh(user_id, name) | fields | {"origin": origin.id})
    _require_not_gone(profile)
    if not origin.made(profile):
        raise Conflict("This user has a profile already. Change it instead.")
    return _revised(profile, standings.get(user_id), caller)


def update(user_id: str, patch: ProfilePatch, expected: int | None, caller: Caller) -> Revised[Seen]:
    """Change the fields that were sent and no others, so that two concurrent changes both hold.

    `expected` is the revision of `If-Match`. Raises Stale, Forbidden, NotFound.
    """
    _require_trusted(patch, caller)
    own = caller.sub == user_id
    if not (own or caller.is_admin or patch.changes.keys() <= _TRUSTED_FIELDS):
        raise Forbidden(f"A service can change {' and '.join(sorted(_TRUSTED_FIELDS))} only.")
    if patch.changes.keys() & _SHARED_FIELDS:
        otherwise = (lambda: people.fresh(user_id, caller.name)) if own and expected is None else None
        return _revised(*people.revise(user_id, lambda _: _stamped(patch), expected, otherwise), caller)
    profile = retrying(lambda: _set(user_id, patch, expected, caller))
    if directory.is_outdated(profile):
        profile, _ = people.revise(user_id, lambda _: {}, None)
    return _revised(profile, standings.get(user_id), caller)


def _stamped(patch: ProfilePatch) -> dict[str, Any]:
    return {**patch.changes, "updated_at": clock.iso(clock.now())}


def _set(user_id: str, patch: ProfilePatch, expected: int | None, caller: Caller) -> Item:
    """Write without reading first: nothing else depends on these fields."""
    same: dict[str, Any] = {} if expected is None else {"rev": expected}
    change = people.setting(user_id, _stamped(patch), {"user_id": user_id, "erased_at": None, **same})
    try:
        profile = table.write(change)
    except ConditionFailed as failure:
        profile = failure.item
        if profile is None and caller.sub == user_id and expected is None:
            people.begin(people.fresh(user_id, caller.name))
            raise  # `retrying` repeats the attempt, now that there is a profile
        if profile is None or people_rules.is_erased(profile):
            raise people.not_found() from None
        if not revisions.already_done(expected, profile["rev"], same=people_rules.has(profile, patch.changes)):
            raise  # `retrying` repeats the attempt
    assert profile is not None
    return profile


def list_all(wanted: ProfileFilter, page: Page, caller: Caller) -> Listing[Seen]:
    """List all users, whatever their visibility. One Query and one or two requests for profiles and standings.

    A page may hold fewer than `limit` although others follow.
    """
    newest = wanted.order is Order.NEWEST

    def asked_for(item: Item) -> bool:
        return not people_rules.is_erased(item) and wanted.is_active in (None, item["is_active"])

    where = keys.newest_user() if newest else keys.user_by_id()
    reach = _reach(page.limit, few=wanted.is_active is False)
    found = table.query(where, limit=reach, after=page.cursor, forward=not newest)
    kept, last = _cut(found, asked_for, page.limit)
    read = iter(table.get_many([key for user_id in kept for key in (keys.profile(user_id), keys.standing(user_id))]))
    pairs = [
        (profile, standings.of(user_id, standing)) for user_id, profile, standing in zip(kept, read, read, strict=True)
    ]
    # The two reads are not simultaneous.
    items = [
        _revised(profile, standing, caller).content for profile, standing in pairs if profile and asked_for(profile)
    ]
    return Listing[Seen](items=items, next_cursor=last)


def search(query: UserSearch, page: Page) -> Listing[FoundUser]:
    """Find active users by the beginnings of the words of their names, ordered by word. One Query and one request for
    profiles.

    A page may hold fewer than `limit` although others follow. Raises Invalid.
    """
    asked = names.searched(query.q)
    if not asked or len(asked[0]) < names.SHORTEST:
        raise Invalid.field("q", f"must hold a word of at least {names.SHORTEST} letters or digits", "too_short")
    found = table.query(keys.name_word(asked[0]), limit=_reach(page.limit, few=len(asked) > 1), after=page.cursor)
    kept, last = _cut(found, lambda item: _is_first(item, asked), page.limit)
    profiles = people.read_many(kept)
    items = [
        FoundUser.model_validate(profile)
        for profile in profiles.values()
        # The reads are eventually consistent, and not simultaneous.
        if profile and people_rules.is_findable(profile) and names.matches(asked, names.words(profile["display_name"]))
    ]
    return Listing[FoundUser](items=items, next_cursor=last)


def _reach(limit: int, *, few: bool) -> int:
    """Return how many items the one Query behind a page reads."""
    return _ITEMS_FOR_FEW if few else limit * _ITEMS_PER_USER + 1


def _cut(found: table.Page, keep: Callable[[Item], bool], limit: int) -> tuple[list[str], str | None]:
    """Return the users of the first `limit` items that `keep` accepts, and the position to continue from."""
    kept = [item["SK"] for item in found.items if keep(item)]
    last = kept[limit - 1] if len(kept) > limit else found.last
    return [sort_key.rpartition("#")[2] for sort_key in kept[:limit]], last


def _is_first(item: Item, asked: list[str]) -> bool:
    """True if the name matches the search, and this word is the first one by which the search finds the user."""
    words = item["words"].split()
    word = item["SK"].rpartition("#")[0]
    return names.matches(asked, words) and word == min(each for each in words if each.startswith(asked[0]))


def _require_trusted(patch: ProfilePatch, caller: Caller) -> None:
    if patch.changes.keys() & _TRUSTED_FIELDS and not caller.holds(Grant.ADMIN, Grant.USERS_WRITE):
        raise Forbidden("Only an admin, or a service with users:write, can change is_verified and is_active.")


def _require_not_gone(profile: Item) -> None:
    if people_rules.is_erased(profile):
        raise tombstones.gone()


def _revised(profile: Item, standing: Standing, caller: Caller, hidden: frozenset[Part] = frozenset()) -> Revised[Seen]:
    private = caller.sub == profile["user_id"] or caller.is_admin
    return Revised(rules.describe(profile, standing, private=private, hidden=hidden), profile["rev"])
