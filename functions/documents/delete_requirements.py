"""DELETE /v1/requirements/{requirements_id}: the caller deletes requirements, with their resumes and processings."""

from laurels.documents import service
from laurels.documents.models import Kind
from laurels.http import Caller, Endpoint

app = Endpoint()


@app.delete("/v1/requirements/<requirements_id>", summary="Delete requirements", tags=["documents"])
def delete_requirements(requirements_id: str, caller: Caller) -> None:
    service.delete(Kind.REQUIREMENTS, caller.resolve("me"), requirements_id)


handler = app.handler
