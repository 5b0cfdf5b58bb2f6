"""GET /v1/erasures/{erasure_id}: how far an erasure is, and what it has deleted."""

from laurels.http import Caller, Endpoint
from laurels.privacy import service
from laurels.privacy.models import Erasure

app = Endpoint()


@app.get("/v1/erasures/<erasure_id>", summary="Read the receipt of an erasure", tags=["privacy"])
def get_erasure(erasure_id: str, caller: Caller) -> Erasure:
    return service.get_erasure(erasure_id, caller)


handler = app.handler
