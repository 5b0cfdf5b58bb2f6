"""GET /v1/processings/{processing_id}: a processing of the caller, with its result."""

from laurels.documents import processings
from laurels.documents.models import Processing
from laurels.http import Caller, Endpoint

app = Endpoint()


@app.get("/v1/processings/<processing_id>", summary="A processing with its result", tags=["documents"], etag=True)
def get_processing(processing_id: str, caller: Caller) -> Processing:
    """Poll it every 3 seconds while its `status` is `in_progress`, with `If-None-Match` and the last ETag: 304 while
    nothing changes. `failed` has its reason in `error`, and stays so: start another one."""
    return processings.get(caller.resolve("me"), processing_id)


handler = app.handler
