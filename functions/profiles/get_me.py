"""GET /v1/users/me: the caller's own profile, created on the first call."""

from laurels.http import Caller, Endpoint, Gone, Revised
from laurels.profiles import service
from laurels.profiles.models import Profile

app = Endpoint()


@app.get("/v1/users/me", summary="Your own profile", tags=["profiles"], errors=(Gone,))
def get_me(caller: Caller) -> Revised[Profile]:
    return service.get_me(caller)


handler = app.handler
