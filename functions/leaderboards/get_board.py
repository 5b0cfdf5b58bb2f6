"""GET /v1/leaderboards/{board}: a page of a board."""

from laurels.http import Caller, Endpoint, PageQuery
from laurels.leaderboards import service
from laurels.leaderboards.models import BoardPage, BoardQuery

app = Endpoint()


@app.get("/v1/leaderboards/<board>", summary="A board", tags=["leaderboards"], etag=True, max_age=60)
def get_board(board: str, caller: Caller, query: BoardQuery, page: PageQuery) -> BoardPage:
    return service.board(board, query, page, caller)


handler = app.handler
