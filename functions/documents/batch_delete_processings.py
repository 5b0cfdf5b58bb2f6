"""POST /v1/processings/batch-delete: the caller deletes up to 100 processings."""

from laurels.documents import processings
from laurels.documents.models import BatchDelete, BatchDeleted
from laurels.http import Caller, Endpoint

app = Endpoint()


@app.post("/v1/processings/batch-delete", summary="Delete many processings", tags=["documents"], status_code=200)
def batch_delete_processings(caller: Caller, batch: BatchDelete) -> BatchDeleted:
    return processings.delete_many(caller.resolve("me"), batch.ids)


handler = app.handler
