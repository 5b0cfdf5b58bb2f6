"""GET /v1/requirements: the caller's requirements."""

from laurels.documents import service
from laurels.documents.models import RequirementsEntry
from laurels.http import Caller, Endpoint, PageQuery
from laurels.paging import Listing

app = Endpoint()


@app.get("/v1/requirements", summary="The caller's requirements", tags=["documents"])
def list_requirements(caller: Caller, page: PageQuery) -> Listing[RequirementsEntry]:
    """Newest first, without the texts."""
    return service.list_requirements(caller.resolve("me"), page)


handler = app.handler
