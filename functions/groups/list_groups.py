"""GET /v1/users/{user_id}/groups: the groups that a user is in."""

from laurels.groups import service
from laurels.groups.models import UserGroup
from laurels.http import SELF, Endpoint, Grant, PageQuery
from laurels.paging import Listing

app = Endpoint()


@app.get("/v1/users/<user_id>/groups", summary="A user's groups", allow=(SELF, Grant.ADMIN), tags=["groups"])
def list_groups(user_id: str, page: PageQuery) -> Listing[UserGroup]:
    """The newest group first, with the user's role."""
    return service.list_all(user_id, page)


handler = app.handler
