"""PUT /v1/groups/{group_id}/members/{user_id}: a teacher, a service or an admin adds a member, or changes the role."""

from laurels.groups import membership
from laurels.groups.models import Member, MemberDraft
from laurels.http import Caller, Endpoint

app = Endpoint()


@app.put("/v1/groups/<group_id>/members/<user_id>", summary="Add a member", tags=["groups"])
def put_member(group_id: str, user_id: str, draft: MemberDraft, caller: Caller) -> Member:
    """Idempotent. The user need not have been here before. A group has at most 500 members, a user 50 groups."""
    return membership.put(group_id, user_id, draft, caller)


handler = app.handler
