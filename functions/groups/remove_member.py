"""DELETE /v1/groups/{group_id}/members/{user_id}: a teacher, service or admin removes a member; a learner leaves."""

from laurels.groups import membership
from laurels.http import Caller, Endpoint

app = Endpoint()


@app.delete("/v1/groups/<group_id>/members/<user_id>", summary="Remove a member", tags=["groups"])
def remove_member(group_id: str, user_id: str, caller: Caller) -> None:
    """Idempotent. Whoever is removed sees nothing of the group from the next request on."""
    membership.remove(group_id, user_id, caller)


handler = app.handler
