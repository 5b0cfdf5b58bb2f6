"""How goals change: transitions of status, targets, check-ins and their streaks.

Pure functions on items: dates and times are texts, `days` is packed (standings/codec.py).
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from laurels.days import DAYS_KEPT, Days, longest, mark, runs
from laurels.errors import Conflict, Invalid
from laurels.goals.models import Goal, GoalDraft, GoalStatus, Target
from laurels.standings import rules as standings_rules
from laurels.standings.codec import pack_days, unpack_days
from laurels.standings.models import Standing

Item = Mapping[str, Any]

LATE_DAYS = 7  # a check-in may be up to this many days late
_MOVES = {
    (GoalStatus.IN_PROGRESS, GoalStatus.COMPLETED),
    (GoalStatus.IN_PROGRESS, GoalStatus.ABANDONED),
    (GoalStatus.ABANDONED, GoalStatus.IN_PROGRESS),
    (GoalStatus.COMPLETED, GoalStatus.IN_PROGRESS),
}


def is_open(item: Item) -> bool:
    """True if reaching a target can complete the goal. `open_targets` of the standing counts these goals."""
    return "target" in item and bool(item["status"] == GoalStatus.IN_PROGRESS)


def is_reached(target: Mapping[str, Any], standing: Standing) -> bool:
    return bool(standings_rules.metric(standing, target["metric"]) >= target["value"])


def progress(target: Mapping[str, Any], standing: Standing) -> int:
    """Whole percent, rounded down: it is not 100 before the target is reached.

    Exact: 4.35 of 5 is 87 %, which floats would make a little less.
    """
    if is_reached(target, standing):
        return 100
    reached = Fraction(str(standings_rules.metric(standing, target["metric"])))
    return min(int(reached * 100 / Fraction(str(target["value"]))), 99)


def checked(item: Item, day: date) -> bool:
    """True if there is a check-in for that day."""
    days = _days(item)
    age = days.last - day.toordinal()
    return 0 <= age < DAYS_KEPT and bool(days.bits >> age & 1)


def checked_in(item: Item, day: date) -> dict[str, Any]:
    """Return the goal with a check-in for that day."""
    days = _days(item)
    mark(days, day)
    return {**item, "days": pack_days(days)}


def streak(item: Item, today: date) -> tuple[int, int]:
    """Return the length of the current run of check-ins (up to yesterday or today, else 0) and of the longest."""
    days = _days(item)
    alive = runs(days)[-1][1] if days.last >= today.toordinal() - 1 else 0
    return alive, longest(days)[0]


def _days(item: Item) -> Days:
    return unpack_days(item["days"]) if "days" in item else Days()


def check_due_date(due_date: date | None, today: date) -> None:
    """Raise Invalid if a new goal is due before today."""
    if due_date and due_date < today:
        raise Invalid.field("due_date", f"must not lie before today, {today} in your time zone", "in_the_past")


def check_move(before: GoalStatus, after: GoalStatus) -> None:
    """Raise Conflict unless a goal may go from one status to the other."""
    if before is not after and (before, after) not in _MOVES:
        raise Conflict(f"A goal that is {before} cannot become {after}. Set it to {GoalStatus.IN_PROGRESS} first.")


def day_of(asked: date | None, today: date) -> date:
    """Return the day of a check-in. Raises Invalid for a day in the future or too long ago."""
    if asked and asked > today:
        raise Invalid.field("date", f"must not lie after today, {today} in your time zone", "in_the_future")
    if asked and asked < today - timedelta(days=LATE_DAYS):
        raise Invalid.field("date", f"must not lie more than {LATE_DAYS} days before today, {today}", "too_old")
    return asked or today


def rewritten(item: Item, draft: GoalDraft, standing: Standing, now: str) -> dict[str, Any]:
    """Return the goal with the content of the draft, completed at once if its target is reached.

    It keeps its id, its creation time and its check-ins. `completed_at` is the last time it was completed.
    """
    kept = {name: value for name, value in item.items() if name not in ("target", "due_date", "completed_at")}
    made = kept | draft.model_dump(mode="json", exclude_none=True) | {"updated_at": now}
    if is_open(made) and is_reached(made["target"], standing):
        made["status"] = GoalStatus.COMPLETED.value
    if made["status"] == GoalStatus.COMPLETED:
        made["completed_at"] = item.get("completed_at", now)
    return made


def open_and_overdue(goals: Iterable[Item], today: date) -> tuple[int, int]:
    """Return how many goals are in progress, and of how many of these the due date is before today."""
    due = [item.get("due_date") for item in goals if item["status"] == GoalStatus.IN_PROGRESS]
    return len(due), sum(day is not None and day < today.isoformat() for day in due)


def same_content(item: Item, other: Item) -> bool:
    """True if both have the same content, apart from revision and times."""
    passing = ("rev", "updated_at", "completed_at")
    return {k: v for k, v in item.items() if k not in passing} == {k: v for k, v in other.items() if k not in passing}


def describe(item: Item, standing: Standing | None, today: date, *, knows_zone: bool = True) -> Goal:
    """Return the goal as shown on that day. Pass no standing for callers who may not see the owner's stats, because
    progress would reveal them; and `knows_zone` for those who may know which date it is for the owner."""
    target, done = item.get("target"), item["status"] == GoalStatus.COMPLETED
    alive, longest_ever = streak(item, today)
    reached = progress(target, standing) if target and standing else None
    return Goal(
        goal_id=item["goal_id"],
        title=item["title"],
        description=item["description"],
        status=GoalStatus(item["status"]),
        target=Target(metric=target["metric"], value=target["value"]) if target else None,
        progress=100 if target and done else reached,
        due_date=date.fromisoformat(item["due_date"]) if "due_date" in item else None,
        streak_count=alive,
        longest_streak=longest_ever,
        checked_in_today=checked(item, today) if knows_zone else None,
        created_at=item["created_at"],
        updated_at=item["updated_at"],
        completed_at=item.get("completed_at"),
    )
