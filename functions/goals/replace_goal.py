"""PUT /v1/users/{user_id}/goals/{goal_id}: the caller rewrites a goal of their own."""

from laurels.goals import service
from laurels.goals.models import Goal, GoalDraft
from laurels.http import Caller, Endpoint, IfMatch, Reply

app = Endpoint()


@app.put("/v1/users/<user_id>/goals/<goal_id>", summary="Change a goal", tags=["goals"])
def replace_goal(user_id: str, goal_id: str, caller: Caller, if_match: IfMatch, draft: GoalDraft) -> Reply[Goal]:
    """The whole of it: what is left out is cleared. Its check-ins stay."""
    goal, revision = service.replace(caller.acting_for(user_id), goal_id, draft, if_match.revision)
    return Reply(goal, revision=revision)


handler = app.handler
