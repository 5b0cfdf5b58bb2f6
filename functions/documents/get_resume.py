"""GET /v1/resumes/{resume_id}: one of the caller's resumes, with the text."""

from laurels.documents import service
from laurels.documents.models import Resume
from laurels.http import Caller, Endpoint

app = Endpoint()


@app.get("/v1/resumes/<resume_id>", summary="A resume with the text", tags=["documents"], etag=True)
def get_resume(resume_id: str, caller: Caller) -> Resume:
    """After an upload, poll it every 3 seconds while its `status` is `awaiting_upload`. `failed` has a reason."""
    return service.get_resume(caller.resolve("me"), resume_id)


handler = app.handler
