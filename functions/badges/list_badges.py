"""GET /v1/users/{user_id}/badges: a user's badges."""

from laurels.badges import service
from laurels.badges.models import Badge
from laurels.http import Caller, Endpoint, PageQuery
from laurels.paging import Listing

app = Endpoint()


@app.get("/v1/users/<user_id>/badges", summary="A user's badges", tags=["badges"])
def list_badges(user_id: str, caller: Caller, page: PageQuery) -> Listing[Badge]:
    """Newest first."""
    return service.list_all(user_id, caller, page)


handler = app.handler
