"""POST /v1/users/{user_id}/stats/updates: a service sends a stat update, which is queued."""

from laurels.http import Endpoint, Grant
from laurels.stats import service
from laurels.stats.models import Accepted, StatUpdateDraft

app = Endpoint()


@app.post(
    "/v1/users/<user_id>/stats/updates",
    status_code=202,
    summary="Send a stat update",
    allow=(Grant.STATS_WRITE,),
    tags=["stats"],
)
def submit_stat_update(user_id: str, draft: StatUpdateDraft) -> Accepted:
    return service.submit(user_id, draft)


handler = app.handler
