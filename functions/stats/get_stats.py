"""GET /v1/users/{user_id}/stats: a user's counters, points and windows."""

from laurels.http import Caller, Endpoint
from laurels.stats import service
from laurels.stats.models import Stats

app = Endpoint()


@app.get("/v1/users/<user_id>/stats", summary="A user's stats", tags=["stats"])
def get_stats(user_id: str, caller: Caller) -> Stats:
    return service.get(user_id, caller)


handler = app.handler
