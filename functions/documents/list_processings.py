"""GET /v1/processings: the caller's processings."""

from laurels.documents import processings
from laurels.documents.models import ProcessingEntry, ProcessingFilter
from laurels.http import Caller, Endpoint, PageQuery
from laurels.paging import Listing

app = Endpoint()


@app.get("/v1/processings", summary="The caller's processings", tags=["documents"])
def list_processings(caller: Caller, filters: ProcessingFilter, page: PageQuery) -> Listing[ProcessingEntry]:
    """Without `matches` and `recommendation`."""
    return processings.list_all(caller.resolve("me"), filters, page)


handler = app.handler
