"""POST /v1/users/{user_id}/streaks/freezes: a service or an admin gives a user freezes, which protect streaks."""

from laurels.http import Endpoint, Grant, Origin
from laurels.streaks import service
from laurels.streaks.models import FreezesDraft, FreezesHeld

app = Endpoint()


@app.post(
    "/v1/users/<user_id>/streaks/freezes",
    summary="Give freezes",
    allow=(Grant.AWARDS_WRITE, Grant.ADMIN),
    tags=["streaks"],
    idempotent=True,
)
def add_freezes(user_id: str, draft: FreezesDraft, origin: Origin) -> FreezesHeld:
    return service.add_freezes(user_id, draft, origin)


handler = app.handler
