"""PATCH /v1/users/{user_id}/preferences: the user or an admin changes preferences."""

from laurels.http import SELF, Caller, Endpoint, Grant, IfMatch, Revised
from laurels.preferences import service
from laurels.preferences.models import Preferences, PreferencesPatch

app = Endpoint()


@app.patch(
    "/v1/users/<user_id>/preferences", summary="Change preferences", allow=(SELF, Grant.ADMIN), tags=["preferences"]
)
def update_preferences(
    user_id: str, caller: Caller, if_match: IfMatch, patch: PreferencesPatch
) -> Revised[Preferences]:
    return service.update(user_id, patch, if_match.revision, caller)


handler = app.handler
