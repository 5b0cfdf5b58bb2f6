"""DELETE /v1/users/{user_id}/avatar: the user, or an admin, takes the avatar away."""

from laurels.avatars import service
from laurels.http import Caller, Endpoint, Grant

app = Endpoint()


@app.delete("/v1/users/<user_id>/avatar", summary="Take an avatar away", tags=["avatars"])
def delete_avatar(user_id: str, caller: Caller) -> None:
    service.remove(caller.acting_for(user_id, Grant.ADMIN))


handler = app.handler
