"""DELETE /v1/users/{user_id}/sessions: revokes all sessions of a user, or all others."""

from laurels.http import SELF, Caller, Endpoint, Grant
from laurels.sessions import service
from laurels.sessions.models import Revocation, RevocationQuery

app = Endpoint()


@app.delete(
    "/v1/users/<user_id>/sessions",
    status_code=200,
    summary="Revoke sessions",
    allow=(SELF, Grant.ADMIN),
    tags=["sessions"],
)
def delete_sessions(user_id: str, caller: Caller, wanted: RevocationQuery) -> Revocation:
    """Their tokens are refused from then on, after at most a minute."""
    return service.revoke_scope(user_id, wanted.scope, caller)


handler = app.handler
