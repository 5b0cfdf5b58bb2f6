"""POST /v1/users/{user_id}/sessions: a user, or a service for them, registers a sign-in."""

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
    """It is the session of the token (`sid`), if the token is the user's and has one: 200 if it is registered already,
    409 if it has ended. Where the user has too many, the least recently active one is signed out."""
    return service.register(user_id, draft, caller, client, origin)


handler = app.handler
