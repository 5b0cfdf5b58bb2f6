"""POST /v1/users/{user_id}/goals: the user sets a new goal."""

from laurels.goals import service
from laurels.goals.models import Goal, GoalDraft
from laurels.http import SELF, Endpoint, Origin, Revised

app = Endpoint()


@app.post("/v1/users/<user_id>/goals", summary="Set a goal", allow=(SELF,), tags=["goals"], idempotent=True)
def create_goal(user_id: str, origin: Origin, draft: GoalDraft) -> Revised[Goal]:
    return service.create(user_id, draft, origin)


handler = app.handler
