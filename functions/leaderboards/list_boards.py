"""GET /v1/leaderboards: the boards there are."""

from laurels.http import Endpoint
from laurels.leaderboards import service
from laurels.leaderboards.models import Boards

app = Endpoint()


@app.get("/v1/leaderboards", summary="The boards there are", tags=["leaderboards"])
def list_boards() -> Boards:
    return service.boards()


handler = app.handler
