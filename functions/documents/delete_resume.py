"""DELETE /v1/resumes/{resume_id}: the caller deletes a resume, with its processings."""

from laurels.documents import service
from laurels.documents.models import Kind
from laurels.http import Caller, Endpoint

app = Endpoint()


@app.delete("/v1/resumes/<resume_id>", summary="Delete a resume", tags=["documents"])
def delete_resume(resume_id: str, caller: Caller) -> None:
    service.delete(Kind.RESUMES, caller.resolve("me"), resume_id)


handler = app.handler
