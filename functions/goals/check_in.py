"""POST /v1/users/{user_id}/goals/{goal_id}/check-ins: the caller has worked for a goal, on that day."""

from laurels.goals import service
from laurels.goals.models import CheckInDraft, Goal
from laurels.http import Caller, Endpoint, Origin, Reply

app = Endpoint()


@app.post("/v1/users/<user_id>/goals/<goal_id>/check-ins", summary="Check in", tags=["goals"])
def check_in(user_id: str, goal_id: str, caller: Caller, origin: Origin, draft: CheckInDraft) -> Reply[Goal]:
    """Once a day: the same day again answers 200 with the goal as it is."""
    goal, revision, marked = service.check_in(caller.acting_for(user_id), goal_id, draft, origin)
    return Reply(goal, status=201 if marked else 200, revision=revision)


handler = app.handler
