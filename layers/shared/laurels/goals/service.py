"""Goals: create, read, replace, delete, check in.

A write that opens or closes a target changes the goal and the standing's count of open targets in one transaction.
"""

from datetime import date
from itertools import islice

from laurels import clock, keys, revisions, table, tombstones
from laurels.callers import Caller
from laurels.errors import Conflict, NotFound
from laurels.goals import rules
from laurels.goals.models import CheckInDraft, Goal, GoalDraft, GoalFilter, GoalStatus
from laurels.goals.targets import MAX_OPEN
from laurels.idempotency import Origin
from laurels.paging import Listing, PageQuery
from laurels.people import rules as people_rules
from laurels.people import service as people
from laurels.people.figures import Figure, measured
from laurels.people.rules import View
from laurels.retries import retrying
from laurels.revisions import Made, Revised
from laurels.standings import in_force, zones
from laurels.standings import rules as standings_rules
from laurels.standings import service as standings
from laurels.standings.models import Standing
from laurels.writes import ABSENT, Delete, Item, Put, Write

VERSION = 1
MAX_GOALS = 200  # approximately: goals created at the same moment may exceed it


def list_all(user_id: str, caller: Caller, page: PageQuery, wanted: GoalFilter) -> Listing[Goal]:
    """List the user's goals, newest first. Raises NotFound unless the caller may see them."""
    _, standing, _, view = people.read_visible(user_id, caller, Figure.GOALS)
    now = clock.now_ms()
    found = table.select(
        keys.goal(user_id),
        lambda item: wanted.status in (None, item["status"]),
        limit=page.limit,
        after=page.cursor,
        forward=False,
        consistent=caller.sub == user_id,  # users read what they have just written
    )
    items = [_seen(item, standing, view, now) for item in found.items]
    return Listing[Goal](items=items, next_cursor=found.last)


def get(user_id: str, goal_id: str, caller: Caller) -> Revised[Goal]:
    """Return the goal. Raises NotFound if there is none or the caller may not see it."""
    _, standing, (goal,), view = people.read_visible(user_id, caller, Figure.GOALS, keys.goal(user_id, goal_id))
    if goal is None:
        raise NotFound("There is no such goal.")
    return _revised(goal, standing, view)


def create(user_id: str, draft: GoalDraft, origin: Origin) -> Revised[Goal]:
    """Create a goal, once per origin. Raises Conflict if there are too many, Invalid for a past due date.

    A goal whose target is reached already is completed at once.
    """
    goal_id, now = origin.new_id(), clock.now_ms()

    def attempt() -> Revised[Goal]:
        goal, standing = _read(user_id, goal_id)
        if goal:  # created by an earlier attempt whose response was lost
            return _revised(goal, standing)
        rules.check_due_date(draft.due_date, zones.today(standing, now))
        in_force.check({"target": draft.target} if draft.target else {})
        others = table.query_all(keys.goal(user_id), consistent=True)
        if sum(1 for _ in islice(others, MAX_GOALS)) == MAX_GOALS:
            raise Conflict(f"You have {MAX_GOALS} goals, and there can be no more. Delete one first.")
        at = clock.iso_of(now)
        stamps = {"v": VERSION, "rev": 1, "goal_id": goal_id, "created_at": at}
        made = rules.rewritten(keys.goal(user_id, goal_id)._asdict() | stamps, draft, standing, at)
        _write(Put(made, when=ABSENT), standing, None, made)
        return _revised(made, standing)

    return retrying(attempt)


def replace(user_id: str, goal_id: str, draft: GoalDraft, expected: int | None) -> Revised[Goal]:
    """Replace the goal's content. The same content writes nothing. Raises NotFound; Conflict for a forbidden change of
    status or too many open targets.

    `expected` is the revision of `If-Match`. Raises Stale if it is not the current one.
    """
    now = clock.now_ms()

    def attempt() -> Revised[Goal]:
        goal, standing = _read(user_id, goal_id)
        if goal is None:
            raise NotFound("There is no such goal.")
        made = rules.rewritten(goal, draft, standing, clock.iso_of(now))
        same = rules.same_content(goal, made)
        if revisions.is_unchanged(expected, goal["rev"], same=same):
            return _revised(goal, standing)
        rules.check_move(GoalStatus(goal["status"]), draft.status)
        # A goal may keep the target that it has, though the metric was archived since.
        is_new = made.get("target") != goal.get("target")
        in_force.check({"target": draft.target} if draft.target and is_new else {})
        made["rev"] = goal["rev"] + 1
        _write(Put(made, when={"rev": goal["rev"]}), standing, goal, made)
        return _revised(made, standing)

    return retrying(attempt)


def delete(user_id: str, goal_id: str, expected: int | None) -> None:
    """Delete a goal with its check-ins. Raises NotFound; Stale as in `replace`."""
    seen = False

    def attempt() -> None:
        nonlocal seen
        goal, standing = _read(user_id, goal_id)
        if goal is None:
            if seen:  # deleted by an earlier attempt whose response was lost, or by another request
                return
            raise NotFound("There is no such goal.")
        seen = True
        revisions.require_match(expected, goal["rev"])
        _write(Delete(keys.goal(user_id, goal_id), when={"rev": goal["rev"]}), standing, goal, None)

    retrying(attempt)


def check_in(user_id: str, goal_id: str, draft: CheckInDraft, origin: Origin) -> Made[Revised[Goal]]:
    """Record a check-in for a day, once. The day becomes active in the standing, too.

    Raises NotFound; Invalid for a day in the future or too long ago; Conflict if the goal is not in progress.
    """
    now = clock.now_ms()

    def attempt() -> Made[Revised[Goal]]:
        goal, standing = _read(user_id, goal_id)
        if goal is None:
            raise NotFound("There is no such goal.")
        day = rules.day_of(draft.date, zones.today(standing, now))
        if rules.checked(goal, day):
            # Checked in by an earlier attempt whose response was lost, or by another request.
            return Made(_revised(goal, standing), goal["checked_by"] == origin.id)
        if goal["status"] != GoalStatus.IN_PROGRESS:
            raise Conflict(f"This goal is {goal['status']}. Set it to {GoalStatus.IN_PROGRESS} to work for it.")
        stamps = {"rev": goal["rev"] + 1, "checked_by": origin.id, "updated_at": clock.iso_of(now)}
        made = rules.checked_in(goal, day) | stamps
        standings_rules.be_active(standing, day, now)
        table.write(Put(made, when={"rev": goal["rev"]}), standings.put(standing))
        return Made(_revised(made, standing), is_new=True)

    return retrying(attempt)


def _read(user_id: str, goal_id: str) -> tuple[Item | None, Standing]:
    """Read the goal and its owner's standing in one request, for a change. Raises Gone for an erased user."""
    names = [keys.goal(user_id, goal_id), keys.standing(user_id), tombstones.key(user_id)]
    goal, standing, tombstone = table.get_many(names, consistent=True)
    tombstones.refuse(tombstone)
    return goal, standings.of(user_id, standing)


def _write(change: Write, standing: Standing, before: Item | None, after: Item | None) -> None:
    """Write a goal, together with the standing if this opens, closes or changes a target.

    If the standing has changed meanwhile, it may have reached the target, so neither is written.
    """
    was, becomes = (goal["target"] if goal and rules.is_open(goal) else None for goal in (before, after))
    if was == becomes:
        table.write(change)
        return
    if was is None and standing.open_targets >= MAX_OPEN:
        raise Conflict(f"You have {MAX_OPEN} goals in progress that have a target, and there can be no more.")
    standing.open_targets += (becomes is not None) - (was is not None)
    table.write(change, standings.put(standing))


def _revised(goal: Item, standing: Standing, view: View = people_rules.EVERYTHING) -> Revised[Goal]:
    return Revised(_seen(goal, standing, view, clock.now_ms()), goal["rev"])


def _seen(goal: Item, standing: Standing, view: View, now: int) -> Goal:
    """Return the goal without what would reveal a figure that the caller may not see: progress the measured one;
    today's check-in and the streak of check-ins the time zone, so for others a day is over when it is over
    everywhere."""
    figure = measured(goal["target"]["metric"]) if "target" in goal else Figure.GOALS
    knows_zone = view.shows(Figure.TIME_ZONE)
    today = zones.today(standing, now) if knows_zone else date.fromordinal(zones.over_everywhere_until(now))
    return rules.describe(goal, standing if view.shows(figure) else None, today, knows_zone=knows_zone)
