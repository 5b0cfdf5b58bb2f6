"""DELETE /v1/users/{user_id}/achievements/{code}: a service or an admin revokes an award and its points."""

from laurels.achievements import service
from laurels.http import Endpoint, Grant

app = Endpoint()


@app.delete(
    "/v1/users/<user_id>/achievements/<code>",
    summary="Revoke an award",
    allow=(Grant.AWARDS_WRITE, Grant.ADMIN),
    tags=["achievements"],
)
def revoke_award(user_id: str, code: str) -> None:
    service.revoke(user_id, code)


handler = app.handler
