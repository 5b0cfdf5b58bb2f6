"""GET /v1/users/{user_id}: a user's profile, as far as the caller may see it."""

from laurels.http import Caller, Endpoint, Languages, Revised
from laurels.profiles import service
from laurels.profiles.models import Profile, ProfileQuery, PublicProfile

app = Endpoint()


@app.get("/v1/users/<user_id>", summary="A user's profile", tags=["profiles"])
def get_profile(
    user_id: str, caller: Caller, languages: Languages, query: ProfileQuery
) -> Revised[Profile | PublicProfile]:
    return service.get(user_id, caller, languages, query.parts)


handler = app.handler
