"""DELETE /v1/groups/{group_id}: a service or an admin deletes a group with all memberships."""

from laurels.groups import deletion
from laurels.http import Caller, Endpoint, IfMatch

app = Endpoint()


@app.delete("/v1/groups/<group_id>", summary="Delete a group", tags=["groups"])
def delete_group(group_id: str, if_match: IfMatch, caller: Caller) -> None:
    """Awards that its teachers gave stay."""
    deletion.delete(group_id, if_match.revision, caller)


handler = app.handler
