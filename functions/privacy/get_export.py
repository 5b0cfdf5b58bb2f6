"""GET /v1/users/{user_id}/exports/{export_id}: how far an export is, and where to download it."""

from laurels.http import SELF, Endpoint, Grant
from laurels.privacy import service
from laurels.privacy.models import ExportState

app = Endpoint()


@app.get(
    "/v1/users/<user_id>/exports/<export_id>", summary="Read an export", allow=(SELF, Grant.ADMIN), tags=["privacy"]
)
def get_export(user_id: str, export_id: str) -> ExportState:
    return service.get_export(user_id, export_id)


handler = app.handler
