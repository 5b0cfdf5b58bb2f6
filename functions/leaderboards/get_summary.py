"""GET /v1/stats: who has the most, how far users are apart, and whose streaks are long."""

from laurels.http import Caller, Endpoint
from laurels.leaderboards import service
from laurels.leaderboards.models import Summary

app = Endpoint()


@app.get("/v1/stats", summary="The platform's summary", tags=["leaderboards"], etag=True, max_age=60)
def get_summary(caller: Caller) -> Summary:
    return service.summary(caller)


handler = app.handler
