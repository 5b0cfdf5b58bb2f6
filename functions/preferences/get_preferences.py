"""GET /v1/users/{user_id}/preferences: how the user wants the service to be."""

from laurels.http import Caller, Endpoint, Grant, Revised
from laurels.preferences import service
from laurels.preferences.models import Preferences

app = Endpoint()


@app.get("/v1/users/<user_id>/preferences", summary="A user's preferences", tags=["preferences"])
def get_preferences(user_id: str, caller: Caller) -> Revised[Preferences]:
    return service.get(caller.acting_for(user_id, Grant.ADMIN), caller)


handler = app.handler
