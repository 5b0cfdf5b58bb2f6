"""PATCH /v1/users/{user_id}: the user, an admin or a service changes fields of the profile."""

from laurels.http import SELF, Caller, Endpoint, Grant, IfMatch, Revised
from laurels.profiles import service
from laurels.profiles.models import Profile, ProfilePatch, PublicProfile, WrittenProfile

app = Endpoint()


@app.patch(
    "/v1/users/<user_id>", summary="Change a profile", allow=(SELF, Grant.ADMIN, Grant.USERS_WRITE), tags=["profiles"]
)
def update_profile(
    user_id: str, caller: Caller, if_match: IfMatch, patch: ProfilePatch
) -> Revised[Profile | PublicProfile | WrittenProfile]:
    return service.update(user_id, patch, if_match.revision, caller)


handler = app.handler
