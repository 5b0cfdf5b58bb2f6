"""POST /v1/users/{user_id}/badges: the caller makes a badge for themself."""

from laurels.badges import service
from laurels.badges.models import Badge, BadgeDraft
from laurels.http import Caller, Endpoint, Origin

app = Endpoint()


@app.post("/v1/users/<user_id>/badges", summary="Make a badge", tags=["badges"], idempotent=True)
def create_badge(user_id: str, caller: Caller, origin: Origin, draft: BadgeDraft) -> Badge:
    return service.create(caller.acting_for(user_id), draft, origin)


handler = app.handler
