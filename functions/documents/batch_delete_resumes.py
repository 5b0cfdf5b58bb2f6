"""POST /v1/resumes/batch-delete: the caller deletes up to 100 resumes, with their processings."""

from laurels.documents import service
from laurels.documents.models import BatchDelete, BatchDeleted, Kind
from laurels.http import Caller, Endpoint

app = Endpoint()


@app.post("/v1/resumes/batch-delete", summary="Delete many resumes", tags=["documents"], status_code=200)
def batch_delete_resumes(caller: Caller, batch: BatchDelete) -> BatchDeleted:
    return service.delete_many(Kind.RESUMES, caller.resolve("me"), batch.ids)


handler = app.handler
