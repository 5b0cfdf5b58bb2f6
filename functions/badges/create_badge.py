"""POST /v1/users/{user_id}/badges: the user creates a badge for themselves."""

from laurels.badges import service
from laurels.badges.models import Badge, BadgeDraft
from laurels.http import SELF, Endpoint, Origin

app = Endpoint()


@app.post("/v1/users/<user_id>/badges", summary="Create a badge", allow=(SELF,), tags=["badges"], idempotent=True)
def create_badge(user_id: str, origin: Origin, draft: BadgeDraft) -> Badge:
    return service.create(user_id, draft, origin)


handler = app.handler
