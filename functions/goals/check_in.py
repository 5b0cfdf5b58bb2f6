"""POST /v1/users/{user_id}/goals/{goal_id}/check-ins: the user checks in to a goal, for a day."""

from laurels.goals import service
from laurels.goals.models import CheckInDraft, Goal
from laurels.http import SELF, Endpoint, Made, Origin, Revised

app = Endpoint()


@app.post("/v1/users/<user_id>/goals/<goal_id>/check-ins", summary="Check in", allow=(SELF,), tags=["goals"])
def check_in(user_id: str, goal_id: str, origin: Origin, draft: CheckInDraft) -> Made[Revised[Goal]]:
    """Once per day: a repeated check-in returns 200 and the unchanged goal."""
    return service.check_in(user_id, goal_id, draft, origin)


handler = app.handler
