"""DELETE /v1/users/{user_id}/goals/{goal_id}: the user deletes one of their goals."""

from laurels.goals import service
from laurels.http import SELF, Endpoint, IfMatch

app = Endpoint()


@app.delete("/v1/users/<user_id>/goals/<goal_id>", summary="Delete a goal", allow=(SELF,), tags=["goals"])
def delete_goal(user_id: str, goal_id: str, if_match: IfMatch) -> None:
    service.delete(user_id, goal_id, if_match.revision)


handler = app.handler
