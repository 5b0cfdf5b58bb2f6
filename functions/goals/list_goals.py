"""GET /v1/users/{user_id}/goals: a user's goals."""

from laurels.goals import service
from laurels.goals.models import Goal, GoalFilter
from laurels.http import Caller, Endpoint, PageQuery
from laurels.paging import Listing

app = Endpoint()


@app.get("/v1/users/<user_id>/goals", summary="A user's goals", tags=["goals"])
def list_goals(user_id: str, caller: Caller, page: PageQuery, wanted: GoalFilter) -> Listing[Goal]:
    """Newest first."""
    return service.list_all(user_id, caller, page, wanted)


handler = app.handler
