"""Profiles: create, read by visibility, change, list, search.

The search index changes in the same transaction as the profile: see people/directory.py.
"""

from collections.abc import Callable
from typing import TypeVar

from laurels import clock, keys, table, tombstones
from laurels.callers import Caller, Grant
from laurels.errors import Conflict, Forbidden, Invalid
from laurels.idempotency import Origin
from laurels.languages import Languages
from laurels.pages import SvgPicture
from laurels.paging import Listing, PageQuery
from laurels.people import names
from laurels.people import rules as people_rules
from laurels.people import service as people
from laurels.people.figures import Figure
from laurels.profiles import rules
from laurels.profiles.models import (
    CardQuery,
    FoundUser,
    Order,
    OwnProfile,
    Part,
    Profile,
    ProfileDraft,
    ProfileFilter,
    ProfilePatch,
    PublicProfile,
    UserSearch,
    WrittenProfile,
)
from laurels.revisions import Revised
from laurels.standings import service as standings
from laurels.standings.models import Standing
from laurels.writes import Item

# For admins and services: two would be meaningless if users could set them for themselves, and users upload a picture
# instead of naming one elsewhere.
_TRUSTED_FIELDS = {"is_verified", "is_active", "avatar_url"}
# Items of each Query behind a page of a search. Some users match by two words, so it reads twice as many as wanted.
# A search for several words looks up one of them, and few of the matches have the other words as well.
_ITEMS_PER_USER, _ITEMS_FOR_FEW = 2, 500
# Items of each partition of a list of users, at least: they cost half a read unit, and few users are inactive.
_LEAST_OF_A_SHARD = 32

Seen = Profile | PublicProfile  # as the owner and admins see it, or as others do
Answer = Seen | WrittenProfile  # to a change
SeenProfile = TypeVar("SeenProfile", bound=PublicProfile)


def get(user_id: str, caller: Caller, languages: Languages, parts: set[Part]) -> Revised[Seen]:
    """Return the profile with those of the wanted parts that the caller may see. Raises NotFound."""
    profile, standing, _, view = people.read_visible(user_id, caller, Figure.PROFILE)
    profile = people.require_present(profile)
    seen = rules.describe(profile, standing, view)
    shown = {part for part in parts if view.shows(Figure(part))}
    return Revised(_with_parts(seen, caller, languages, shown), profile["rev"])


def get_me(caller: Caller, languages: Languages, parts: set[Part]) -> Revised[OwnProfile]:
    """Return the caller's own profile with the wanted parts, created on the first call. Raises Gone for an erased
    user."""
    profile, standing = people.read(caller.sub, consistent=True)
    profile = profile or people.begin(people.fresh(caller.sub, caller.name))
    _require_not_gone(profile)
    seen = _with_parts(rules.describe_own(profile, standing), caller, languages, parts - {Part.PREFERENCES})
    if Part.PREFERENCES in parts:
        from laurels.preferences import service as preferences  # for the cold start, as in _with_parts

        seen = seen.model_copy(update={Part.PREFERENCES.value: preferences.describe(profile)})
    return Revised(seen, profile["rev"])


def card(user_id: str, query: CardQuery, languages: Languages) -> SvgPicture:
    """Return a small picture of what everybody may see of the user; it is the same for all callers. Raises NotFound
    unless the profile is public."""
    # Imported here for the cold start: nothing else in this room draws, or reads streaks.
    from laurels.profiles import drawing
    from laurels.streaks import rules as streaks_rules

    profile, standing, _, view = people.read_visible(user_id, Caller(), Figure.PROFILE)
    name = people.require_present(profile)["display_name"]
    figures: dict[str, int] = {}
    if view.shows(Figure.ACTIVITY):
        figures["streak"] = streaks_rules.describe(standing, clock.now_ms(), view).activity.length
    if view.shows(Figure.STATS):
        figures["points"] = standing.points
    if view.shows(Figure.ACHIEVEMENTS_COUNT):
        figures["achievements"] = standing.achievements
    return SvgPicture(drawing.card(name, figures, query.theme, languages.order()).encode())


def _with_parts(seen: SeenProfile, caller: Caller, languages: Languages, parts: set[Part]) -> SeenProfile:
    if not parts:
        return seen
    # Imported here for the cold start: a profile alone does not need four other rooms.
    from laurels.profiles import includes

    return seen.model_copy(update=includes.parts(seen.user_id, caller, languages, parts))


def create(draft: ProfileDraft, origin: Origin, caller: Caller) -> Revised[Answer]:
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
    return _answer(profile, standings.get(user_id), caller, draft)


def update(user_id: str, patch: ProfilePatch, expected: int | None, caller: Caller) -> Revised[Answer]:
    """Change the fields that were sent and no others, so that two concurrent changes both hold. A patch that changes
    nothing writes nothing.

    `expected` is the revision of `If-Match`. Raises Stale, Forbidden, NotFound, and Invalid if the profile gets too
    large.
    """
    _require_trusted(patch, caller)
    own = caller.sub == user_id
    if not (own or caller.is_admin or patch.changes.keys() <= _TRUSTED_FIELDS):
        raise Forbidden(f"A service can change {', '.join(sorted(_TRUSTED_FIELDS))} only.")
    create = (lambda: people.fresh(user_id, caller.name)) if own and expected is None else None

    def compute_changes(_: Item) -> dict[str, object]:
        return {**patch.changes, "updated_at": clock.iso(clock.now())}

    return _answer(*people.revise(user_id, compute_changes, expected, create), caller, patch)


def list_all(wanted: ProfileFilter, page: PageQuery, caller: Caller) -> Listing[Seen]:
    """List all profiles, whatever their visibility, with the figures that the caller may see. A Query of each partition
    of the list, and one or two requests for profiles and standings.

    A page may hold fewer than `limit` although others follow.
    """
    newest = wanted.order is Order.NEWEST

    def asked_for(item: Item) -> bool:
        return not people_rules.is_erased(item) and wanted.is_active in (None, item["is_active"])

    shard = keys.newest_users_shard if newest else keys.users_by_id_shard
    found = table.query_merged(
        [shard(number) for number in range(keys.USER_LIST_SHARDS)],
        limit=max(page.limit + 1, _LEAST_OF_A_SHARD),
        after=page.cursor,
        forward=not newest,
    )
    kept, last = _cut(found, asked_for, page.limit)
    read = iter(table.get_many([key for user_id in kept for key in (keys.profile(user_id), keys.standing(user_id))]))
    pairs = [
        (profile, standings.of(user_id, standing)) for user_id, profile, standing in zip(kept, read, read, strict=True)
    ]
    # The two reads are not simultaneous.
    items = [
        rules.describe(profile, standing, people.view(profile["user_id"], profile, caller))
        for profile, standing in pairs
        if profile and asked_for(profile)
    ]
    return Listing[Seen](items=items, next_cursor=last)


def search(query: UserSearch, page: PageQuery) -> Listing[FoundUser]:
    """Find active users by the beginnings of the words of their names, ordered by word. A Query of each partition
    and one request for profiles.

    A page may hold fewer than `limit` although others follow. Raises Invalid.
    """
    asked = names.searched(query.q)
    if not asked or len(asked[0]) < names.SHORTEST:
        raise Invalid.field("q", f"must hold a word of at least {names.SHORTEST} letters or digits", "too_short")
    reach = _ITEMS_FOR_FEW if len(asked) > 1 else page.limit * _ITEMS_PER_USER + 1
    found = table.query_merged(
        [keys.names_shard(number, asked[0]) for number in range(keys.NAME_SHARDS)], limit=reach, after=page.cursor
    )
    kept, last = _cut(found, lambda item: _is_first(item, asked), page.limit)
    profiles, default = people.read_many(kept), people.default_visibility()
    items = [
        FoundUser.model_validate(profile)
        for profile in profiles.values()
        # The reads are eventually consistent, and not simultaneous.
        if profile
        and people_rules.is_findable(profile, default)
        and names.matches(asked, names.words(profile["display_name"]))
    ]
    return Listing[FoundUser](items=items, next_cursor=last)


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
        fields = ", ".join(sorted(_TRUSTED_FIELDS))
        raise Forbidden(f"Only an admin, or a service with users:write, can change {fields}.")


def _require_not_gone(profile: Item) -> None:
    if people_rules.is_erased(profile):
        raise tombstones.gone()


def _answer(profile: Item, standing: Standing, caller: Caller, fields: ProfilePatch) -> Revised[Answer]:
    """Return the profile after a change as the caller may see it; of a hidden one no more than the caller wrote."""
    view = people.view(profile["user_id"], profile, caller)
    shown = view.shows(Figure.PROFILE)
    return Revised(rules.describe(profile, standing, view) if shown else rules.written(profile, fields), profile["rev"])
