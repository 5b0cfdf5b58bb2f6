"""Joining and leaving: a membership is two items, and two counts follow it in the same transaction.

One item is in the group's partition and one in the user's. The group counts its members and the user the groups, each
on condition that there is room, so no number of parallel joins exceeds a limit, and no count drifts.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pydantic import ValidationError

from laurels import clock, departures, keys, table, tombstones
from laurels.callers import Caller
from laurels.errors import Conflict, Problem, Unavailable
from laurels.fields import error_lines
from laurels.groups import rules
from laurels.groups.models import (
    MAX_GROUPS,
    MAX_MEMBERS,
    ImportedMember,
    ImportedMembers,
    Member,
    MemberDraft,
    MemberImport,
    MemberRow,
    MemberStatus,
    Role,
)
from laurels.groups.rules import Act
from laurels.keys import Key
from laurels.retries import retrying
from laurels.writes import ABSENT, PRESENT, Below, Item, Put, Update, Write

VERSION = 1
# Members that one transaction of 100 writes adds, at four writes each beside the group's own.
_ADDED_AT_ONCE = 24
_LONGEST_ID = 128  # characters of a user's id in the report of an import, which repeats what was sent


class Outcome(NamedTuple):
    """The result for one user: the membership, or the error."""

    status: MemberStatus
    member: Item | None
    error: Problem | None = None


def put(group_id: str, user_id: str, draft: MemberDraft, caller: Caller) -> Member:
    """Add the user to the group, or change the role. Idempotent. Raises NotFound, Forbidden; Conflict if the group or
    the user's list of groups is full; Gone for an erased user."""
    outcome = _put(group_id, {user_id: draft.role}, caller)[user_id]
    if outcome.error:
        raise outcome.error
    return Member.model_validate(outcome.member)


def import_all(group_id: str, rows: MemberImport, caller: Caller) -> ImportedMembers:
    """Add up to 100 users, or change their roles, and report the outcome of each row. Idempotent.

    Raises NotFound and Forbidden. Rows are written in transactions of 24; one that fails for good leaves the members of
    those before it, so repeat the whole import.
    """
    report: dict[int, ImportedMember] = {}
    wanted: dict[str, tuple[int, Role]] = {}
    for index, row in enumerate(rows.items):
        user_id, found = row.get("user_id"), _checked(row, wanted)
        if isinstance(found, MemberRow):
            wanted[found.user_id] = index, found.role
        else:
            named = user_id[:_LONGEST_ID] if isinstance(user_id, str) else None
            report[index] = ImportedMember(index=index, user_id=named, status=MemberStatus.FAILED, errors=found)
    users = [*wanted]
    # Also without any valid row, so that callers learn nothing about a group that is not theirs.
    for start in range(0, len(users) or 1, _ADDED_AT_ONCE):
        chunk = users[start : start + _ADDED_AT_ONCE]
        for user_id, outcome in _put(group_id, {each: wanted[each][1] for each in chunk}, caller).items():
            index = wanted[user_id][0]
            errors = [f"user_id: {outcome.error.detail}"] if outcome.error else []
            report[index] = ImportedMember(index=index, user_id=user_id, status=outcome.status, errors=errors)
    items = [report[index] for index in sorted(report)]
    counts = {str(status): sum(row.status is status for row in items) for status in MemberStatus}
    return ImportedMembers(items=items, **counts)


def _checked(row: dict[str, object], earlier: Iterable[str]) -> MemberRow | list[str]:
    """Return a row, or its errors."""
    try:
        found = MemberRow.model_validate(row)
    except ValidationError as error:
        return error_lines(error)
    return ["user_id: is in an earlier row of this import"] if found.user_id in earlier else found


def _put(group_id: str, wanted: Mapping[str, Role], caller: Caller) -> dict[str, Outcome]:
    """Make up to 24 users members with these roles, in one transaction. Raises NotFound and Forbidden."""
    # What an earlier attempt may have written, whose response was lost.
    tried: dict[str, MemberStatus] = {}

    def attempt() -> dict[str, Outcome]:
        own = [keys.group(group_id), keys.group_member(group_id, caller.sub)]
        theirs = {user_id: _keys_of(group_id, user_id) for user_id in wanted}
        wanted_keys = [*own, *(key for each in theirs.values() for key in each)]
        found = dict(zip(wanted_keys, table.get_many(wanted_keys, consistent=True), strict=True))
        group, member_of = (found[key] for key in own)
        if group is None or "deleted_at" in group or not tried:  # an attempt may have changed the caller's own role
            rules.require(Act.ADD_MEMBERS, caller, group, member_of)
        members_count = group["members_count"] if group else 0
        outcomes: dict[str, Outcome] = {}
        changes: list[Write] = []
        added = 0
        for user_id, role in wanted.items():
            member, count, tombstone = (found[key] for key in theirs[user_id])
            full = members_count + added >= MAX_MEMBERS
            outcome = _outcome(group_id, user_id, role, member, count, tombstone, full=full)
            if outcome.status is MemberStatus.ADDED and outcome.member:
                changes += _joining(group_id, outcome.member)
                added += 1
            elif outcome.status is MemberStatus.UPDATED and outcome.member and member:
                changes += _changing(group_id, outcome.member, member["role"])
            elif outcome.status is MemberStatus.UNCHANGED:
                outcome = outcome._replace(status=tried.get(user_id, outcome.status))
            outcomes[user_id] = outcome
        if added:
            room = {"group_id": group_id, "deleted_at": None, "members_count": Below(MAX_MEMBERS + 1 - added)}
            changes.append(Update(keys.group(group_id), add={"members_count": added}, when=room))
        if changes:
            try:
                table.write(*changes)
            except Unavailable:  # it may have been written
                tried.update((user_id, outcome.status) for user_id, outcome in outcomes.items() if not outcome.error)
                raise
        return outcomes

    return retrying(attempt)


def _outcome(
    group_id: str,
    user_id: str,
    role: Role,
    member: Item | None,
    count: Item | None,
    tombstone: Item | None,
    *,
    full: bool,
) -> Outcome:
    """Decide on one user. `count` is the item with the number of the user's groups; `full` says that the group is."""
    if tombstone:
        return Outcome(MemberStatus.FAILED, None, tombstones.gone())
    if member:
        same = member["role"] == role
        return Outcome(MemberStatus.UNCHANGED if same else MemberStatus.UPDATED, member | {"role": role.value})
    if full:
        error = Conflict(f"The group has {MAX_MEMBERS} members, and there can be no more.")
        return Outcome(MemberStatus.FAILED, None, error)
    if count and count["groups_count"] >= MAX_GROUPS:
        error = Conflict(f"The user is in {MAX_GROUPS} groups, and there can be no more.")
        return Outcome(MemberStatus.FAILED, None, error)
    about = {"v": VERSION, "user_id": user_id, "role": role.value, "joined_at": clock.iso(clock.now())}
    return Outcome(MemberStatus.ADDED, keys.group_member(group_id, user_id)._asdict() | about)


def _keys_of(group_id: str, user_id: str) -> tuple[Key, Key, Key]:
    return keys.group_member(group_id, user_id), keys.memberships(user_id), tombstones.key(user_id)


def _joining(group_id: str, member: Item) -> list[Write]:
    user_id = member["user_id"]
    about = {"v": VERSION, "group_id": group_id, "role": member["role"], "joined_at": member["joined_at"]}
    room = {"groups_count": Below(MAX_GROUPS)}
    return [
        Put(member, when=ABSENT),
        Put(keys.membership(user_id, group_id)._asdict() | about, when=ABSENT),
        Update(keys.memberships(user_id), set={"v": VERSION}, add={"groups_count": 1}, when=room),
        tombstones.absent(user_id),
    ]


def _changing(group_id: str, member: Item, before: str) -> list[Write]:
    """Return the writes of another role."""
    user_id, role = member["user_id"], {"role": member["role"]}
    return [
        Update(keys.group_member(group_id, user_id), set=role, when={"role": before}),
        Update(keys.membership(user_id, group_id), set=role, when=PRESENT),
    ]


def remove(group_id: str, user_id: str, caller: Caller) -> None:
    """Remove a member; learners may remove themselves. Idempotent for those who may remove others. Raises NotFound,
    Forbidden, and Gone for an erased user."""
    seen = False

    def attempt() -> None:
        nonlocal seen
        own = [keys.group(group_id), keys.group_member(group_id, caller.sub)]
        found = table.get_many([*own, *_keys_of(group_id, user_id)], consistent=True)
        group, member_of, member, count, tombstone = found
        if seen and member is None:  # removed by an earlier attempt whose response was lost, or by another request
            return
        act = Act.LEAVE if user_id == caller.sub and member else Act.REMOVE_MEMBERS
        rules.require(act, caller, group, member_of)
        tombstones.refuse(tombstone)
        if member:
            seen = True
            table.write(*departures.leaving(group_id, [(member, count)]))

    retrying(attempt)
