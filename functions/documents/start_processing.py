"""POST /v1/processings: the caller has a resume matched against requirements."""

from laurels.documents import processings
from laurels.documents.models import Processing, ProcessingDraft
from laurels.http import Caller, Endpoint, NotFound, Origin

app = Endpoint()


@app.post(
    "/v1/processings",
    summary="Start a processing",
    tags=["documents"],
    status_code=202,
    idempotent=True,
    errors=(NotFound,),
)
def start_processing(caller: Caller, origin: Origin, draft: ProcessingDraft) -> Processing:
    """At most 3 in 60 seconds. One attempt more blocks for 30 seconds: 429 with `Retry-After`. Then poll it."""
    return processings.start(caller.resolve("me"), draft, origin)


handler = app.handler
