"""GET /v1/users: all users, for admins and services."""

from laurels.http import Caller, Endpoint, Grant, PageQuery
from laurels.paging import Listing
from laurels.profiles import service
from laurels.profiles.models import Profile, ProfileFilter, PublicProfile

app = Endpoint()


@app.get("/v1/users", summary="All users", allow=(Grant.ADMIN, Grant.USERS_READ), tags=["profiles"])
def list_profiles(caller: Caller, page: PageQuery, wanted: ProfileFilter) -> Listing[Profile | PublicProfile]:
    """A page may hold fewer than `limit` although others follow."""
    return service.list_all(wanted, page, caller)


handler = app.handler
