"""DELETE /v1/users/{user_id}/sessions/{session_id}: revokes one session of a user."""

from laurels.http import SELF, Endpoint, Grant
from laurels.sessions import service

app = Endpoint()


@app.delete(
    "/v1/users/<user_id>/sessions/<session_id>",
    summary="Revoke a session",
    allow=(SELF, Grant.ADMIN),
    tags=["sessions"],
)
def delete_session(user_id: str, session_id: str) -> None:
    """Its tokens are refused from then on, after at most a minute."""
    service.revoke(user_id, session_id)


handler = app.handler
