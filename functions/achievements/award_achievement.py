"""POST /v1/users/{user_id}/achievements: a service or an admin awards an achievement, once."""

from laurels.achievements import service
from laurels.achievements.models import Award, AwardDraft
from laurels.http import Caller, Endpoint, Grant, Languages, Reply

app = Endpoint()


@app.post("/v1/users/<user_id>/achievements", summary="Award an achievement", tags=["achievements"])
def award_achievement(user_id: str, caller: Caller, languages: Languages, draft: AwardDraft) -> Reply[Award]:
    caller.needs(Grant.AWARDS_WRITE, Grant.ADMIN)
    award, made = service.award(caller.resolve(user_id), draft, languages)
    return Reply(award, status=201 if made else 200)


handler = app.handler
