"""POST /v1/users: the user, a service or an admin creates a profile."""

from laurels.http import Caller, Endpoint, Origin, Revised
from laurels.profiles import service
from laurels.profiles.models import Profile, ProfileDraft, PublicProfile, WrittenProfile

app = Endpoint()


@app.post("/v1/users", summary="Create a profile", tags=["profiles"], idempotent=True)
def create_profile(
    caller: Caller, origin: Origin, draft: ProfileDraft
) -> Revised[Profile | PublicProfile | WrittenProfile]:
    return service.create(draft, origin, caller)


handler = app.handler
