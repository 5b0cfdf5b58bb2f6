"""GET /v1/users/{user_id}/sessions: where a user is signed in, the most recently active first."""

from laurels.http import Caller, Endpoint, Grant, Page
from laurels.paging import Listing
from laurels.sessions import service
from laurels.sessions.models import Session

app = Endpoint()


@app.get("/v1/users/<user_id>/sessions", summary="Where a user is signed in", tags=["sessions"])
def list_sessions(user_id: str, caller: Caller, page: Page) -> Listing[Session]:
    return service.list_active(caller.acting_for(user_id, Grant.ADMIN), caller, page)


handler = app.handler
