"""GET /v1/users/{user_id}/sessions: a user's active sessions, most recently active first."""

from laurels.http import SELF, Caller, Endpoint, Grant, PageQuery
from laurels.paging import Listing
from laurels.sessions import service
from laurels.sessions.models import Session

app = Endpoint()


@app.get("/v1/users/<user_id>/sessions", summary="A user's sessions", allow=(SELF, Grant.ADMIN), tags=["sessions"])
def list_sessions(user_id: str, caller: Caller, page: PageQuery) -> Listing[Session]:
    return service.list_active(user_id, caller, page)


handler = app.handler
