"""GET /v1/users/me: the caller's own profile, created on the first call."""

from laurels.http import Caller, Endpoint, Gone, Languages, Revised
from laurels.profiles import service
from laurels.profiles.models import OwnProfile, OwnProfileQuery

app = Endpoint()


@app.get("/v1/users/me", summary="Your own profile", tags=["profiles"], errors=(Gone,))
def get_me(caller: Caller, languages: Languages, query: OwnProfileQuery) -> Revised[OwnProfile]:
    return service.get_me(caller, languages, query.parts)


handler = app.handler
