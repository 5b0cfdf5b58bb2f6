"""How goals change: which status follows which, when a target is reached, what days of work make of a streak.

Pure thinking on items as the table keeps them: dates and times are texts, `days` are packed.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from laurels.days import DAYS_KEPT, Days, longest, mark, runs
from laurels.errors import Conflict, Invalid
from laurels.goals.models import Goal, GoalDraft, GoalStatus, Target
from laurels.standings import rules as standings_rules
from laurels.standings.codec import pack_days, unpack_days
from laurels.standings.models import Metric, Standing

Item = Mapping[str, Any]

LATE_DAYS = 7  # so many days back a check-in can be made up for
_MOVES = {
    (GoalStatus.IN_PROGRESS, GoalStatus.COMPLETED),
    (GoalStatus.IN_PROGRESS, GoalStatus.ABANDONED),
    (GoalStatus.ABANDONED, GoalStatus.IN_PROGRESS),
    (GoalStatus.COMPLETED, GoalStatus.IN_PROGRESS),
}


def is_open(item: Item) -> bool:
    """True if a stat can complete it: these goals are what `open_targets` of the standing counts."""
    return "target" in item and bool(item["status"] == GoalStatus.IN_PROGRESS)


def is_reached(target: Mapping[str, Any], standing: Standing) -> bool:
    return bool(standings_rules.metric(standing, Metric(target["metric"])) >= target["value"])


def progress(target: Mapping[str, Any], standing: Standing) -> int:
    """Whole percent, rounded down: it is not 100 before the target is reached.

    Exact: 4.35 of 5 is 87 %, which floats would make a little less.
    """
    if is_reached(target, standing):
        return 100
    reached = Fraction(str(standings_rules.metric(standing, Metric(target["metric"]))))
    return min(int(reached * 100 / Fraction(str(target["value"]))), 99)


def checked(item: Item, day: date) -> bool:
    """True if the user has worked for the goal that day."""
    days = _days(item)
    age = days.last - day.toordinal()
    return 0 <= age < DAYS_KEPT and bool(days.bits >> age & 1)


def checked_in(item: Item, day: date) -> dict[str, Any]:
    """The goal with that day as one more on which the user has worked for it."""
    days = _days(item)
    mark(days, day)
    return {**item, "days": pack_days(days)}


def streak(item: Item, today: date) -> tuple[int, int]:
    """The run of days that is alive (its last day is yesterday or later), and the longest there ever was."""
    days = _days(item)
    alive = runs(days)[-1][1] if days.last >= today.toordinal() - 1 else 0
    return alive, longest(days)[0]


def _days(item: Item) -> Days:
    return unpack_days(item["days"]) if "days" in item else Days()


def check_due_date(due_date: date | None, today: date) -> None:
    """Raises Invalid for a new goal that should have been reached before it was set."""
    if due_date and due_date < today:
        raise Invalid.field("due_date", f"must not lie before today, {today} in your time zone", "in_the_past")


def check_move(before: GoalStatus, after: GoalStatus) -> None:
    """Raises Conflict unless a goal of one status can get the other."""
    if before is not after and (before, after) not in _MOVES:
        raise Conflict(f"A goal that is {before} cannot become {after}. Set it to {GoalStatus.IN_PROGRESS} first.")


def day_of(asked: date | None, today: date) -> date:
    """The day of a check-in; Invalid if it is still to come, or too long ago."""
    if asked and asked > today:
        raise Invalid.field("date", f"must not lie after today, {today} in your time zone", "in_the_future")
    if asked and asked < today - timedelta(days=LATE_DAYS):
        raise Invalid.field("date", f"must not lie more than {LATE_DAYS} days before today, {today}", "too_late")
    return asked or today


def rewritten(item: Item, draft: GoalDraft, standing: Standing, now: str) -> dict[str, Any]:
    """The goal as the draft would have it. If its target is reached it is completed at once.

    What it keeps: its id, when it was made, its check-ins. `completed_at` is when it became completed the last time.
    """
    kept = {name: value for name, value in item.items() if name not in ("target", "due_date", "completed_at")}
    made = kept | draft.model_dump(mode="json", exclude_none=True) | {"updated_at": now}
    if is_open(made) and is_reached(made["target"], standing):
        made["status"] = GoalStatus.COMPLETED.value
    if made["status"] == GoalStatus.COMPLETED:
        made["completed_at"] = item.get("completed_at", now)
    return made


def same_content(item: Item, other: Item) -> bool:
    """True if both say the same, whenever they were written."""
    passing = ("rev", "updated_at", "completed_at")
    return {k: v for k, v in item.items() if k not in passing} == {k: v for k, v in other.items() if k not in passing}


def describe(item: Item, standing: Standing | None, today: date) -> Goal:
    """The goal as its readers see it on that day. Without a standing for those who may not see the owner's stats: how
    far the goal is would tell them."""
    target, done = item.get("target"), item["status"] == GoalStatus.COMPLETED
    alive, longest_ever = streak(item, today)
    told = progress(target, standing) if target and standing else None
    return Goal(
        goal_id=item["goal_id"],
        title=item["title"],
        description=item["description"],
        status=GoalStatus(item["status"]),
        target=Target(metric=Metric(target["metric"]), value=target["value"]) if target else None,
        progress=100 if target and done else told,
        due_date=date.fromisoformat(item["due_date"]) if "due_date" in item else None,
        streak_count=alive,
        longest_streak=longest_ever,
        created_at=item["created_at"],
        updated_at=item["updated_at"],
        completed_at=item.get("completed_at"),
    )
