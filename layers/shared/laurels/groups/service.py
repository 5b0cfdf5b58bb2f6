"""Groups: create, read, change, and list them and their members."""

from collections.abc import Sequence

from laurels import clock, keys, revisions, table, tombstones
from laurels.callers import Caller
from laurels.groups import rules
from laurels.groups.models import (
    Group,
    GroupDraft,
    GroupPatch,
    ListedMember,
    UserGroup,
)
from laurels.groups.rules import Act
from laurels.idempotency import Origin
from laurels.paging import Listing, PageQuery
from laurels.people import rules as people_rules
from laurels.people import service as people
from laurels.retries import retrying
from laurels.revisions import Revised
from laurels.table import ConditionFailed
from laurels.writes import ABSENT, Item, Put, Update

VERSION = 1


def create(draft: GroupDraft, origin: Origin) -> Revised[Group]:
    """Create a group without members, once per origin."""
    key, now = keys.group(origin.new_id()), clock.iso(clock.now())
    item = {
        **key._asdict(),
        "v": VERSION,
        "rev": 1,
        "group_id": origin.new_id(),
        **draft.model_dump(mode="json"),
        "members_count": 0,
        "created_at": now,
        "updated_at": now,
    }
    try:
        table.write(Put(item, when=ABSENT))
    except ConditionFailed as failure:  # created by an earlier attempt whose response was lost
        item = failure.item or item
    return Revised(rules.describe(item), item["rev"])


def get(group_id: str, caller: Caller) -> Revised[Group]:
    """Return the group. Raises NotFound unless the caller is a member or holds a grant."""
    group = rules.require(Act.SEE, caller, *_read(group_id, caller))
    return Revised(rules.describe(group), group["rev"])


def update(group_id: str, patch: GroupPatch, expected: int | None, caller: Caller) -> Revised[Group]:
    """Change the fields that were sent. A patch that changes nothing writes nothing.

    `expected` is the revision of `If-Match`; joining and leaving do not change it. Raises NotFound, Forbidden, Stale.
    """

    def attempt() -> Revised[Group]:
        group = rules.require(Act.CHANGE, caller, *_read(group_id, caller))
        changes = {name: value for name, value in patch.changes.items() if group[name] != value}
        if not revisions.is_unchanged(expected, group["rev"], same=not changes):
            changes["updated_at"] = clock.iso(clock.now())
            unchanged = {"rev": group["rev"], "deleted_at": None}
            group = table.update(Update(keys.group(group_id), set=changes, add={"rev": 1}, when=unchanged))
        return Revised(rules.describe(group), group["rev"])

    return retrying(attempt)


def list_all(user_id: str, page: PageQuery) -> Listing[UserGroup]:
    """List the user's groups, the newest group first. Raises NotFound for an erased user."""
    prefix = keys.membership(user_id)
    found = table.select(prefix, lambda _: True, limit=page.limit, after=page.cursor, forward=False, consistent=True)
    groups = [keys.group(each["group_id"]) for each in found.items]
    tombstone, *known = table.get_many([tombstones.key(user_id), *groups], consistent=True)
    if tombstone:
        raise people.not_found()
    items = [
        UserGroup.model_validate(group | {name: membership[name] for name in ("role", "joined_at")})
        for group, membership in zip(known, found.items, strict=True)
        if group and "deleted_at" not in group
    ]
    return Listing[UserGroup](items=items, next_cursor=found.last)


def list_members(group_id: str, caller: Caller, page: PageQuery) -> Listing[ListedMember]:
    """List the members by id, with names and pictures. Raises NotFound.

    Fellow learners do not see hidden, anonymous and inactive members, apart from themselves; nobody sees erased ones.

    One Query reads the group with all members. One more request reads the profiles of a page, and one the tombstones of
    members without a profile; if members of the page are left out, the next ones are read.
    """
    group, own, members = read_whole(group_id, caller)
    rules.require(Act.LIST_MEMBERS, caller, group, own)
    sees_all = rules.may(Act.SEE_EVERYBODY, caller, own)
    waiting = [each for each in members if page.cursor is None or each["user_id"] > page.cursor]
    shown: list[ListedMember] = []
    most = page.limit + 1  # one more than asked for, so that the last page has no cursor
    while waiting and len(shown) < most:
        chunk, waiting = waiting[:most], waiting[most:]
        shown += _listed(chunk, caller, sees_all=sees_all)
    items = shown[: page.limit]
    return Listing[ListedMember](items=items, next_cursor=items[-1].user_id if len(shown) > len(items) else None)


def _listed(members: Sequence[Item], caller: Caller, *, sees_all: bool) -> list[ListedMember]:
    profiles = people.read_many([each["user_id"] for each in members])
    found = []
    for member in members:
        profile = profiles[member["user_id"]]
        is_open = sees_all or member["user_id"] == caller.sub or rules.is_named(profile, people.listing(profile))
        if is_open and not people_rules.is_erased(profile):
            found.append(ListedMember.model_validate(member | people.card(profile).model_dump()))
    return found


def read_whole(group_id: str, caller: Caller) -> tuple[Item | None, Item | None, list[Item]]:
    """Read a group, the caller's membership, and all members, by user id, with one Query; None for what is missing."""
    found = list(table.query_all(keys.group(group_id)._replace(SK=""), consistent=True))
    group = next((item for item in found if item["SK"] == keys.group(group_id).SK), None)
    members = [item for item in found if item is not group]
    own = next((each for each in members if each["user_id"] == caller.sub), None)
    return group, own, members


def _read(group_id: str, caller: Caller) -> list[Item | None]:
    """Read the group and the caller's membership in one request."""
    return table.get_many([keys.group(group_id), keys.group_member(group_id, caller.sub)], consistent=True)
