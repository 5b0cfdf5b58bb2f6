"""DELETE /v1/processings/{processing_id}: the caller deletes a processing."""

from laurels.documents import processings
from laurels.http import Caller, Endpoint

app = Endpoint()


@app.delete("/v1/processings/<processing_id>", summary="Delete a processing", tags=["documents"])
def delete_processing(processing_id: str, caller: Caller) -> None:
    processings.delete(caller.resolve("me"), processing_id)


handler = app.handler
