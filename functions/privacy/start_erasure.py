"""DELETE /v1/users/{user_id}: the user or an admin erases the user: hidden at once, then deleted."""

from laurels.http import SELF, Caller, Endpoint, Grant
from laurels.privacy import service
from laurels.privacy.models import ErasureStarted

app = Endpoint()


@app.delete("/v1/users/<user_id>", summary="Erase a user", allow=(SELF, Grant.ADMIN), tags=["privacy"], status_code=202)
def start_erasure(user_id: str, caller: Caller) -> ErasureStarted:
    return service.start_erasure(user_id, caller)


handler = app.handler
