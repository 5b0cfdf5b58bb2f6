"""GET /v1/users/search: finds active users by the words of their names."""

from laurels.http import Endpoint, PageQuery
from laurels.paging import Listing
from laurels.profiles import service
from laurels.profiles.models import FoundUser, UserSearch

app = Endpoint()


@app.get("/v1/users/search", summary="Find users by name", tags=["profiles"])
def search_profiles(page: PageQuery, query: UserSearch) -> Listing[FoundUser]:
    """Private profiles are not found. A page may hold fewer than `limit` although others follow."""
    return service.search(query, page)


handler = app.handler
