"""GET /v1/achievements: the catalogue, in the reader's language."""

from laurels.achievements import catalogue
from laurels.achievements.models import Achievement, CatalogueFilter
from laurels.http import Caller, Endpoint, Languages, Page, Reply
from laurels.paging import Listing

app = Endpoint()


@app.get("/v1/achievements", summary="What can be earned", tags=["achievements"])
def list_achievements(
    caller: Caller, languages: Languages, page: Page, wanted: CatalogueFilter
) -> Reply[Listing[Achievement]]:
    listing = catalogue.list_all(caller, languages, page, wanted.category)
    return Reply(listing, etag=True, headers=catalogue.caching(caller))


handler = app.handler
