"""GET /v1/achievements: the catalogue, in the reader's language."""

from laurels.achievements import catalogue
from laurels.achievements.catalogue_models import Achievement, CatalogueFilter
from laurels.http import Caller, Endpoint, Languages, PageQuery
from laurels.paging import Listing

app = Endpoint()


@app.get("/v1/achievements", summary="The catalogue", tags=["achievements"], etag=True, max_age=60)
def list_achievements(
    caller: Caller, languages: Languages, page: PageQuery, wanted: CatalogueFilter
) -> Listing[Achievement]:
    return catalogue.list_all(caller, languages, page, wanted.category)


handler = app.handler
