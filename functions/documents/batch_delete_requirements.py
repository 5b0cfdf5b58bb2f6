"""POST /v1/requirements/batch-delete: the caller deletes up to 100 requirements, with their resumes and processings."""

from laurels.documents import service
from laurels.documents.models import BatchDelete, BatchDeleted, Kind
from laurels.http import Caller, Endpoint

app = Endpoint()


@app.post("/v1/requirements/batch-delete", summary="Delete many requirements", tags=["documents"], status_code=200)
def batch_delete_requirements(caller: Caller, batch: BatchDelete) -> BatchDeleted:
    return service.delete_many(Kind.REQUIREMENTS, caller.resolve("me"), batch.ids)


handler = app.handler
