"""GET /v1/resumes: the caller's resumes."""

from laurels.documents import service
from laurels.documents.models import ResumeEntry, ResumeFilter
from laurels.http import Caller, Endpoint, PageQuery
from laurels.paging import Listing

app = Endpoint()


@app.get("/v1/resumes", summary="The caller's resumes", tags=["documents"])
def list_resumes(caller: Caller, filters: ResumeFilter, page: PageQuery) -> Listing[ResumeEntry]:
    """Newest first, without the texts."""
    return service.list_resumes(caller.resolve("me"), filters.requirements_id, page)


handler = app.handler
