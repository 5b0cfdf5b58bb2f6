"""Rights in a group, and which members are named to fellow learners. No I/O."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from laurels.callers import Caller, Grant
from laurels.errors import Forbidden, NotFound
from laurels.groups.models import Group, Role
from laurels.people import rules as people_rules
from laurels.standings.models import Listing

Item = Mapping[str, Any]


class Part(StrEnum):
    """How a caller belongs to a group: by the role of a member, or by a grant. A caller may have several parts."""

    LEARNER = "learner"
    TEACHER = "teacher"
    SERVICE = "service"  # with groups:write
    ADMIN = "admin"


class Act(StrEnum):
    SEE = "see"
    LIST_MEMBERS = "list_members"
    SEE_BOARD = "see_board"
    SEE_BOARD_THAT_IS_OFF = "see_board_that_is_off"
    SEE_EVERYBODY = "see_everybody"  # in the list of members, also hidden and anonymous ones
    SEE_REPORT = "see_report"
    CHANGE = "change"
    DELETE = "delete"
    ADD_MEMBERS = "add_members"  # and change their roles
    REMOVE_MEMBERS = "remove_members"
    LEAVE = "leave"
    AWARD = "award"


_MEMBERS, _GRANTED = {Part.LEARNER, Part.TEACHER}, {Part.SERVICE, Part.ADMIN}
# The one table of what a group's routes allow.
MAY: dict[Act, set[Part]] = {
    Act.SEE: _MEMBERS | _GRANTED,
    Act.LIST_MEMBERS: _MEMBERS | _GRANTED,
    Act.SEE_BOARD: _MEMBERS | {Part.ADMIN},
    Act.SEE_BOARD_THAT_IS_OFF: {Part.TEACHER, Part.ADMIN},
    Act.SEE_EVERYBODY: {Part.TEACHER} | _GRANTED,
    Act.SEE_REPORT: {Part.TEACHER} | _GRANTED,
    Act.CHANGE: {Part.TEACHER} | _GRANTED,
    Act.DELETE: _GRANTED,
    Act.ADD_MEMBERS: {Part.TEACHER} | _GRANTED,
    Act.REMOVE_MEMBERS: {Part.TEACHER} | _GRANTED,
    Act.LEAVE: _MEMBERS,
    Act.AWARD: {Part.TEACHER},
}


def parts(caller: Caller, member: Item | None) -> set[Part]:
    """Return the caller's parts in a group. `member` is the caller's own membership."""
    found = {Part(member["role"])} if member else set()
    found |= {Part.ADMIN} if caller.is_admin else set()
    return found | ({Part.SERVICE} if caller.holds(Grant.GROUPS_WRITE) else set())


def may(act: Act, caller: Caller, member: Item | None) -> bool:
    return not MAY[act].isdisjoint(parts(caller, member))


def require(act: Act, caller: Caller, group: Item | None, member: Item | None) -> Item:
    """Return the group if the caller may do that in it.

    Raises NotFound for strangers, as for a group that does not exist, and Forbidden for members and holders of a grant,
    who know that it exists.
    """
    if group is None or "deleted_at" in group or not parts(caller, member):
        raise not_found()
    if not may(act, caller, member):
        raise Forbidden(f"In this group, this needs one of: {', '.join(sorted(MAY[act]))}.")
    return group


def not_found() -> NotFound:
    """Return one error for missing groups and groups of others, so that they cannot be told apart."""
    return NotFound("There is no such group, or you are not in it.")


def describe(group: Item) -> Group:
    return Group.model_validate(group)


def is_named(profile: Item | None, listed: Listing) -> bool:
    """True if fellow members see the name, whatever the user's visibility. `listed` says how the user appears on
    boards."""
    is_active = bool((profile or {}).get("is_active", True)) and not people_rules.is_erased(profile)
    return is_active and listed is Listing.SHOWN


def is_learner(member: Item) -> bool:
    return bool(member["role"] == Role.LEARNER)
