"""Completing goals whose targets a changed standing has reached."""

from laurels import clock, keys, table
from laurels.standings.models import Standing
from laurels.writes import Update, Write

# Open goals with a target: each change of a standing may complete all of them, and a transaction holds 100 changes.
MAX_OPEN = 40


def reached(user_id: str, standing: Standing, now: int) -> list[Write]:
    """Return the writes that complete the goals whose targets the standing has reached: at most MAX_OPEN.
    `now` is epoch milliseconds.

    They belong in the transaction that writes the standing. Call this before `standings.put`, because it recounts
    `open_targets`. It is idempotent. It costs one Query, and none for a user without open targets.

    Every write that opens or closes a target also writes the standing, so the standing's revision protects the count,
    and each goal's revision protects the goal. If either has changed, the transaction fails and the caller retries.
    """
    if not standing.open_targets:
        return []
    # Imported here, because most users have no open target, and the models of goals add 4 ms to a cold start.
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
