"""DELETE /v1/users/{user_id}/avatar: the user or an admin deletes the avatar."""

from laurels.avatars import service
from laurels.http import SELF, Endpoint, Grant

app = Endpoint()


@app.delete("/v1/users/<user_id>/avatar", summary="Delete an avatar", allow=(SELF, Grant.ADMIN), tags=["avatars"])
def delete_avatar(user_id: str) -> None:
    service.remove(user_id)


handler = app.handler
