"""POST /v1/users: the user, a service or an admin makes a profile."""

from laurels.http import Caller, Endpoint, Origin, Reply
from laurels.profiles import service
from laurels.profiles.models import Profile, ProfileDraft, PublicProfile

app = Endpoint()


@app.post("/v1/users", summary="Make a profile", tags=["profiles"], idempotent=True)
def create_profile(caller: Caller, origin: Origin, draft: ProfileDraft) -> Reply[Profile | PublicProfile]:
    profile, revision = service.create(draft, origin.id, caller)
    return Reply(profile, revision=revision)


handler = app.handler
