"""POST /v1/users/{user_id}/avatar: the user gets a form for uploading a picture."""

from laurels.avatars import service
from laurels.avatars.models import AvatarDraft, AvatarForm
from laurels.http import SELF, Caller, Endpoint

app = Endpoint()


@app.post("/v1/users/<user_id>/avatar", summary="Start to upload an avatar", allow=(SELF,), tags=["avatars"])
def start_avatar_upload(caller: Caller, draft: AvatarDraft) -> AvatarForm:
    return service.start_upload(caller, draft)


handler = app.handler
