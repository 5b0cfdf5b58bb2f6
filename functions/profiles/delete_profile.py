"""DELETE /v1/users/{user_id}: the user or an admin erases the user: hidden at once, then deleted."""

from laurels.http import SELF, Caller, Endpoint, Grant
from laurels.profiles import erasure
from laurels.profiles.models import Erasure

app = Endpoint()


@app.delete(
    "/v1/users/<user_id>", summary="Erase a user", allow=(SELF, Grant.ADMIN), tags=["profiles"], status_code=202
)
def delete_profile(user_id: str, caller: Caller) -> Erasure:
    return erasure.erase(user_id, caller)


handler = app.handler
