"""POST /v1/groups/{group_id}/members/import: a teacher, a service or an admin adds up to 100 members."""

from laurels.groups import membership
from laurels.groups.models import ImportedMembers, MemberImport
from laurels.http import Caller, Endpoint

app = Endpoint()


@app.post("/v1/groups/<group_id>/members/import", status_code=200, summary="Add many members", tags=["groups"])
def import_members(group_id: str, rows: MemberImport, caller: Caller) -> ImportedMembers:
    """Idempotent. Rows that fail do not affect the others."""
    return membership.import_all(group_id, rows, caller)


handler = app.handler
