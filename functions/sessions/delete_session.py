"""DELETE /v1/users/{user_id}/sessions/{session_id}: signs a user out of one session."""

from laurels.http import Caller, Endpoint, Grant
from laurels.sessions import service

app = Endpoint()


@app.delete("/v1/users/<user_id>/sessions/<session_id>", summary="End a session", tags=["sessions"])
def delete_session(user_id: str, session_id: str, caller: Caller) -> None:
    """Its tokens are refused from then on, within a minute at most."""
    service.revoke(caller.acting_for(user_id, Grant.ADMIN), session_id)


handler = app.handler
