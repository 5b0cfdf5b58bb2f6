"""POST /v1/groups: a service or an admin creates a group."""

from laurels.groups import service
from laurels.groups.models import Group, GroupDraft
from laurels.http import Endpoint, Grant, Origin, Revised

app = Endpoint()


@app.post(
    "/v1/groups",
    summary="Create a group",
    allow=(Grant.GROUPS_WRITE, Grant.ADMIN),
    tags=["groups"],
    idempotent=True,
)
def create_group(origin: Origin, draft: GroupDraft) -> Revised[Group]:
    """The group has no members yet: add teachers and learners."""
    return service.create(draft, origin)


handler = app.handler
