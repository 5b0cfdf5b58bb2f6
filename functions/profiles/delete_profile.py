"""DELETE /v1/users/{user_id}: the user leaves, or an admin removes them: hidden at once, then erased."""

from laurels.http import Caller, Endpoint, Grant
from laurels.profiles import erasure
from laurels.profiles.models import Erasure

app = Endpoint()


@app.delete("/v1/users/<user_id>", summary="Erase a user", tags=["profiles"], status_code=202)
def delete_profile(user_id: str, caller: Caller) -> Erasure:
    return erasure.erase(caller.acting_for(user_id, Grant.ADMIN), caller)


handler = app.handler
