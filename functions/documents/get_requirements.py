"""GET /v1/requirements/{requirements_id}: requirements of the caller, with the text."""

from laurels.documents import service
from laurels.documents.models import Requirements
from laurels.http import Caller, Endpoint

app = Endpoint()


@app.get("/v1/requirements/<requirements_id>", summary="Requirements with the text", tags=["documents"], etag=True)
def get_requirements(requirements_id: str, caller: Caller) -> Requirements:
    """After an upload, poll it every 3 seconds while its `status` is `awaiting_upload`. `failed` has a reason."""
    return service.get_requirements(caller.resolve("me"), requirements_id)


handler = app.handler
