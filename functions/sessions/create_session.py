"""POST /v1/users/{user_id}/sessions: the user, or a service on their behalf, registers a session."""

from laurels.http import SELF, Caller, Client, Endpoint, Grant, Made, Origin
from laurels.sessions import service
from laurels.sessions.models import Session, SessionDraft

app = Endpoint()


@app.post(
    "/v1/users/<user_id>/sessions",
    summary="Register a session",
    allow=(SELF, Grant.USERS_WRITE),
    tags=["sessions"],
    idempotent=True,
)
def create_session(user_id: str, caller: Caller, client: Client, origin: Origin, draft: SessionDraft) -> Made[Session]:
    """Registers the session of the user's own token (`sid`), or a new one: 200 if it is registered already, 409 if it
    has ended. If the user has too many sessions, the least recently active one is revoked."""
    return service.register(user_id, draft, caller, client, origin)


handler = app.handler
