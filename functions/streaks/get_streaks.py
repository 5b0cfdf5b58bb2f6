"""GET /v1/users/{user_id}/streaks: a user's streaks, and a calendar of one year."""

from laurels.http import Caller, Endpoint
from laurels.streaks import service
from laurels.streaks.models import Streaks

app = Endpoint()


@app.get("/v1/users/<user_id>/streaks", summary="A user's streaks", tags=["streaks"])
def get_streaks(user_id: str, caller: Caller) -> Streaks:
    return service.get(user_id, caller)


handler = app.handler
