"""POST /v1/resumes: the caller adds a resume, as a text or as a file to upload."""

from laurels.documents import service
from laurels.documents.models import Resume, ResumeDraft
from laurels.http import Caller, Endpoint, Origin

app = Endpoint()


@app.post("/v1/resumes", summary="Add a resume", tags=["documents"], idempotent=True)
def create_resume(caller: Caller, origin: Origin, draft: ResumeDraft) -> Resume:
    """Without `title`, the file's name is the title, or the first line of the text."""
    return service.create_resume(caller.resolve("me"), draft, origin)


handler = app.handler
