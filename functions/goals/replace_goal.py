"""PUT /v1/users/{user_id}/goals/{goal_id}: the caller rewrites a goal of their own."""

from laurels.goals import service
from laurels.goals.models import Goal, GoalDraft
from laurels.http import SELF, Endpoint, IfMatch, Revised

app = Endpoint()


@app.put("/v1/users/<user_id>/goals/<goal_id>", summary="Change a goal", allow=(SELF,), tags=["goals"])
def replace_goal(user_id: str, goal_id: str, if_match: IfMatch, draft: GoalDraft) -> Revised[Goal]:
    """The whole of it: what is left out is cleared. Its check-ins stay."""
    return service.replace(user_id, goal_id, draft, if_match.revision)


handler = app.handler
