"""GET /v1/users/{user_id}/preferences: language, time zone, formats, notifications, and who may see what."""

from laurels.http import SELF, Caller, Endpoint, Grant, Revised
from laurels.preferences import service
from laurels.preferences.models import Preferences

app = Endpoint()


@app.get(
    "/v1/users/<user_id>/preferences", summary="A user's preferences", allow=(SELF, Grant.ADMIN), tags=["preferences"]
)
def get_preferences(user_id: str, caller: Caller) -> Revised[Preferences]:
    return service.get(user_id, caller)


handler = app.handler
