"""GET /v1/leaderboards/{board}/users/{user_id}: a user's rank, with neighbours."""

from laurels.http import Caller, Endpoint
from laurels.leaderboards import service
from laurels.leaderboards.models import RankQuery, UserRank

app = Endpoint()


@app.get(
    "/v1/leaderboards/<board>/users/<user_id>", summary="A user's rank", tags=["leaderboards"], etag=True, max_age=60
)
def get_user_rank(board: str, user_id: str, query: RankQuery, caller: Caller) -> UserRank:
    return service.rank(board, user_id, query, caller)


handler = app.handler
