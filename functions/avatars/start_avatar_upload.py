"""POST /v1/users/{user_id}/avatar: the user gets a form to upload a picture with."""

from laurels.avatars import service
from laurels.avatars.models import AvatarDraft, AvatarForm
from laurels.http import Caller, Endpoint

app = Endpoint()


@app.post("/v1/users/<user_id>/avatar", summary="Start to upload an avatar", tags=["avatars"])
def start_avatar_upload(user_id: str, caller: Caller, draft: AvatarDraft) -> AvatarForm:
    caller.acting_for(user_id)
    return service.start_upload(caller, draft)


handler = app.handler
