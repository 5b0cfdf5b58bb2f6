"""POST /v1/groups/{group_id}/awards: a teacher awards an achievement to learners of the group."""

from laurels.groups import awarding
from laurels.groups.models import GroupAwards, GroupAwardsDraft
from laurels.http import Caller, Endpoint, Languages

app = Endpoint()


@app.post("/v1/groups/<group_id>/awards", status_code=200, summary="Award learners", tags=["groups"])
def award_members(group_id: str, languages: Languages, draft: GroupAwardsDraft, caller: Caller) -> GroupAwards:
    """Achievements with `by_teachers` only. Idempotent; rows that fail do not affect the others."""
    return awarding.award(group_id, draft, caller, languages)


handler = app.handler
