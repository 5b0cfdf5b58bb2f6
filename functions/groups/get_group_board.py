"""GET /v1/groups/{group_id}/leaderboard: a group's leaderboard, computed now."""

from laurels.groups import boards
from laurels.groups.models import GroupBoard, GroupBoardQuery
from laurels.http import Caller, Endpoint, PageQuery

app = Endpoint()


@app.get("/v1/groups/<group_id>/leaderboard", summary="A group's leaderboard", tags=["groups"])
def get_group_board(group_id: str, caller: Caller, query: GroupBoardQuery, page: PageQuery) -> GroupBoard:
    """For members and admins. Learners are ranked, teachers are not. 404 for learners while it is off."""
    return boards.leaderboard(group_id, query, page, caller)


handler = app.handler
