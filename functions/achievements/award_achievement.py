"""POST /v1/users/{user_id}/achievements: a service or an admin awards an achievement, once."""

from laurels.achievements import service
from laurels.achievements.models import Award, AwardDraft
from laurels.http import Caller, Endpoint, Grant, Languages, Made

app = Endpoint()


@app.post("/v1/users/<user_id>/achievements", summary="Award an achievement", tags=["achievements"])
def award_achievement(user_id: str, caller: Caller, languages: Languages, draft: AwardDraft) -> Made[Award]:
    caller.needs(Grant.AWARDS_WRITE, Grant.ADMIN)
    return service.award(caller.resolve(user_id), draft, languages)


handler = app.handler
