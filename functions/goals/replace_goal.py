"""PUT /v1/users/{user_id}/goals/{goal_id}: the user replaces one of their goals."""

from laurels.goals import service
from laurels.goals.models import Goal, GoalDraft
from laurels.http import SELF, Endpoint, IfMatch, Revised

app = Endpoint()


@app.put("/v1/users/<user_id>/goals/<goal_id>", summary="Change a goal", allow=(SELF,), tags=["goals"])
def replace_goal(user_id: str, goal_id: str, if_match: IfMatch, draft: GoalDraft) -> Revised[Goal]:
    """Replaces the whole goal: fields that are left out are cleared. Its check-ins stay."""
    return service.replace(user_id, goal_id, draft, if_match.revision)


handler = app.handler
