"""GET /v1/leaderboards: all boards and their windows."""

from laurels.http import Endpoint
from laurels.leaderboards import service
from laurels.leaderboards.models import Boards

app = Endpoint()


@app.get("/v1/leaderboards", summary="All boards", tags=["leaderboards"])
def list_boards() -> Boards:
    return service.boards()


handler = app.handler
