"""DELETE /v1/users/{user_id}/badges/{badge_id}: the user deletes one of their badges."""

from laurels.badges import service
from laurels.http import SELF, Endpoint

app = Endpoint()


@app.delete("/v1/users/<user_id>/badges/<badge_id>", summary="Delete a badge", allow=(SELF,), tags=["badges"])
def delete_badge(user_id: str, badge_id: str) -> None:
    service.delete(user_id, badge_id)


handler = app.handler
