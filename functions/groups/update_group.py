"""PATCH /v1/groups/{group_id}: a teacher, a service or an admin changes a group."""

from laurels.groups import service
from laurels.groups.models import Group, GroupPatch
from laurels.http import Caller, Endpoint, IfMatch, Revised

app = Endpoint()


@app.patch("/v1/groups/<group_id>", summary="Change a group", tags=["groups"])
def update_group(group_id: str, if_match: IfMatch, patch: GroupPatch, caller: Caller) -> Revised[Group]:
    """`board` turns the leaderboard off, or makes it anonymous for all. Joining and leaving make no ETag stale."""
    return service.update(group_id, patch, if_match.revision, caller)


handler = app.handler
