"""GET /v1/groups/{group_id}/members: a group's members."""

from laurels.groups import service
from laurels.groups.models import ListedMember
from laurels.http import Caller, Endpoint, PageQuery
from laurels.paging import Listing

app = Endpoint()


@app.get("/v1/groups/<group_id>/members", summary="A group's members", tags=["groups"])
def list_members(group_id: str, caller: Caller, page: PageQuery) -> Listing[ListedMember]:
    """By user id. Learners do not see members who are hidden or anonymous on boards, apart from themselves."""
    return service.list_members(group_id, caller, page)


handler = app.handler
