"""GET /v1/groups/{group_id}: one group."""

from laurels.groups import service
from laurels.groups.models import Group
from laurels.http import Caller, Endpoint, Revised

app = Endpoint()


@app.get("/v1/groups/<group_id>", summary="A group", tags=["groups"])
def get_group(group_id: str, caller: Caller) -> Revised[Group]:
    """For members, services with `groups:write`, and admins."""
    return service.get(group_id, caller)


handler = app.handler
