"""POST /v1/requirements: the caller adds requirements, as a text or as a file to upload."""

from laurels.documents import service
from laurels.documents.models import Requirements, RequirementsDraft
from laurels.http import Caller, Endpoint, Origin

app = Endpoint()


@app.post("/v1/requirements", summary="Add requirements", tags=["documents"], idempotent=True)
def create_requirements(caller: Caller, origin: Origin, draft: RequirementsDraft) -> Requirements:
    """Without `title`, the file's name is the title, or the first line of the text."""
    return service.create_requirements(caller.resolve("me"), draft, origin)


handler = app.handler
