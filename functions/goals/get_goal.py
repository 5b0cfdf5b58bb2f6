"""GET /v1/users/{user_id}/goals/{goal_id}: one goal of a user."""

from laurels.goals import service
from laurels.goals.models import Goal
from laurels.http import Caller, Endpoint, Revised

app = Endpoint()


@app.get("/v1/users/<user_id>/goals/<goal_id>", summary="A user's goal", tags=["goals"])
def get_goal(user_id: str, goal_id: str, caller: Caller) -> Revised[Goal]:
    return service.get(user_id, goal_id, caller)


handler = app.handler
