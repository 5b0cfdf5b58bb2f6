"""Awards by teachers to learners of their group."""

from laurels import keys, table
from laurels.achievements import service as achievements
from laurels.achievements.held_definitions import Lookup
from laurels.achievements.models import AwardDraft
from laurels.callers import Caller
from laurels.errors import Invalid, Problem
from laurels.groups import rules
from laurels.groups.models import GroupAward, GroupAwards, GroupAwardsDraft, GroupAwardStatus
from laurels.groups.rules import Act
from laurels.languages import Languages
from laurels.writes import Item


def award(group_id: str, draft: GroupAwardsDraft, caller: Caller, languages: Languages) -> GroupAwards:
    """Award an achievement to up to 100 learners of the group, once each, and report the outcome of each. Idempotent.

    Raises NotFound, Forbidden; Invalid unless the catalogue has the code and gives it to teachers. Of users who are not
    learners of the group, only the row fails.
    """
    users = list(dict.fromkeys(draft.user_ids))
    definitions = Lookup([draft.code], keys.criteria_version(caller.sub))
    wanted = [keys.group_member(group_id, user_id) for user_id in (caller.sub, *users)]
    group, own, *others = table.get_many([keys.group(group_id), *wanted, *definitions.keys], consistent=True)
    rules.require(Act.AWARD, caller, group, own)
    found = others[: len(users)]
    _check(definitions.found(others[len(users) :])[draft.code])
    items = [_award(user_id, member, draft.code, languages) for user_id, member in zip(users, found, strict=True)]
    counts = {str(status): sum(row.status is status for row in items) for status in GroupAwardStatus}
    return GroupAwards(items=items, **counts)


def _check(definition: Item | None) -> None:
    """Raise Invalid unless teachers may award the achievement."""
    if definition is None:
        raise Invalid.field("code", "is not in the catalogue", "unknown_code")
    if not definition.get("by_teachers"):
        raise Invalid.field("code", "is not for teachers to award", "not_by_teachers")
    if not definition["is_active"]:
        raise Invalid.field("code", "is archived and cannot be earned any more", "archived")


def _award(user_id: str, member: Item | None, code: str, languages: Languages) -> GroupAward:
    if member is None or not rules.is_learner(member):
        return GroupAward(user_id=user_id, status=GroupAwardStatus.FAILED, error="is not a learner of this group")
    try:
        made = achievements.award(user_id, AwardDraft(code=code), languages)
    except Problem as error:  # an erased user, or a passing failure: repeating the request is harmless
        return GroupAward(user_id=user_id, status=GroupAwardStatus.FAILED, error=error.detail)
    status = GroupAwardStatus.AWARDED if made.is_new else GroupAwardStatus.ALREADY_AWARDED
    return GroupAward(user_id=user_id, status=status)
