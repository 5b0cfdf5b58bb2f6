"""DELETE /v1/users/{user_id}/sessions: signs a user out everywhere, or everywhere else."""

from laurels.http import SELF, Caller, Endpoint, Grant
from laurels.sessions import service
from laurels.sessions.models import Revocation, RevocationQuery

app = Endpoint()


@app.delete(
    "/v1/users/<user_id>/sessions",
    status_code=200,
    summary="End sessions",
    allow=(SELF, Grant.ADMIN),
    tags=["sessions"],
)
def delete_sessions(user_id: str, caller: Caller, wanted: RevocationQuery) -> Revocation:
    """Their tokens are refused from then on, within a minute at most."""
    return service.revoke_scope(user_id, wanted.scope, caller)


handler = app.handler
