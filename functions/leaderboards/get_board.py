"""GET /v1/leaderboards/{board}: a page of a board."""

from laurels.http import Endpoint, Page
from laurels.leaderboards import service
from laurels.leaderboards.models import BoardPage, BoardQuery

app = Endpoint()


@app.get("/v1/leaderboards/<board>", summary="A board", tags=["leaderboards"])
def get_board(board: str, query: BoardQuery, page: Page) -> BoardPage:
    return service.board(board, query, page)


handler = app.handler
