"""POST /v1/users/{user_id}/streaks/freezes: a service or an admin gives freezes that keep a user's streaks."""

from laurels.http import Caller, Endpoint, Grant, Origin
from laurels.streaks import service
from laurels.streaks.models import FreezesDraft, FreezesHeld

app = Endpoint()


@app.post("/v1/users/<user_id>/streaks/freezes", summary="Give freezes", tags=["streaks"], idempotent=True)
def add_freezes(user_id: str, caller: Caller, draft: FreezesDraft, origin: Origin) -> FreezesHeld:
    caller.needs(Grant.AWARDS_WRITE, Grant.ADMIN)
    return service.add_freezes(caller.resolve(user_id), draft, origin)


handler = app.handler
