"""GET /v1/users/{user_id}/achievements: a user's awards."""

from laurels.achievements import service
from laurels.achievements.models import Award, AwardFilter
from laurels.http import Caller, Endpoint, Languages, PageQuery
from laurels.paging import Listing

app = Endpoint()


@app.get("/v1/users/<user_id>/achievements", summary="A user's awards", tags=["achievements"])
def list_awards(
    user_id: str, caller: Caller, languages: Languages, page: PageQuery, wanted: AwardFilter
) -> Listing[Award]:
    """A page ends after 95 awards of the catalogue, so it may hold fewer than `limit` although others follow."""
    return service.list_awards(user_id, caller, languages, page, wanted)


handler = app.handler
