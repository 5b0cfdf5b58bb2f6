"""Goals that complete by themselves: whatever changes a standing asks here which targets it has reached."""

from laurels import clock, keys, table
from laurels.standings.models import Standing
from laurels.writes import Update, Write

# Open goals with a target: each change of a standing may complete all of them, and a transaction holds 100 changes.
MAX_OPEN = 40


def reached(user_id: str, standing: Standing, now: int) -> list[Write]:
    """The changes that complete the goals whose targets the changed standing has reached: at most MAX_OPEN.
    `now` is epoch milliseconds.

    They belong into the transaction that writes the standing. Its `open_targets` is counted anew here, so this comes
    before `standings.put`. Asked again with the same standing it answers the same. One Query, and none for those who
    have no open target.

    Whatever opens or closes a target writes the standing too, so that its condition holds for the count; that of each
    goal is its revision. If either has changed meanwhile, the transaction fails, and the attempt is to be repeated.
    """
    if not standing.open_targets:
        return []
    # Not at the top: most who come here have no open target, and the shapes of goals cost a cold start 4 ms.
    from laurels.goals import rules
    from laurels.goals.models import GoalStatus

    opened = [goal for goal in table.query_all(keys.goal(user_id), consistent=True) if rules.is_open(goal)]
    done = [goal for goal in opened if rules.is_reached(goal["target"], standing)][:MAX_OPEN]
    standing.open_targets = len(opened) - len(done)
    at = clock.iso_of(now)
    return [
        Update(
            keys.goal(user_id, goal["goal_id"]),
            set={"status": GoalStatus.COMPLETED.value, "completed_at": at, "updated_at": at},
            add={"rev": 1},
            when={"rev": goal["rev"]},
        )
        for goal in done
    ]
