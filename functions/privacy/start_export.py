"""POST /v1/users/{user_id}/exports: the user or an admin asks for everything that is held about the user."""

from laurels.http import SELF, Caller, Endpoint, Grant, Origin
from laurels.privacy import service
from laurels.privacy.models import ExportStarted

app = Endpoint()


@app.post(
    "/v1/users/<user_id>/exports",
    summary="Start an export",
    allow=(SELF, Grant.ADMIN),
    tags=["privacy"],
    status_code=202,
    idempotent=True,
)
def start_export(user_id: str, origin: Origin, caller: Caller) -> ExportStarted:
    return service.start_export(user_id, origin, caller)


handler = app.handler
