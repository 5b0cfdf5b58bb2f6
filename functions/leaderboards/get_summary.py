"""GET /v1/stats: the platform's summary."""

from laurels.http import Endpoint
from laurels.leaderboards import service
from laurels.leaderboards.models import Summary

app = Endpoint()


@app.get("/v1/stats", summary="The platform's summary", tags=["leaderboards"])
def get_summary() -> Summary:
    return service.summary()


handler = app.handler
