"""GET /v1/processings/{processing_id}: a processing of the caller, with its result."""

from laurels.documents import processings
from laurels.documents.models import Processing
from laurels.http import Caller, Endpoint

app = Endpoint()


@app.get("/v1/processings/<processing_id>", summary="A processing with its result", tags=["documents"], etag=True)
def get_processing(processing_id: str, caller: Caller) -> Processing:
    return processings.get(caller.resolve("me"), processing_id)


handler = app.handler
