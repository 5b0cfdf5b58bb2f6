"""POST /v1/users/{user_id}/achievements: a service or an admin awards an achievement, once."""

from laurels.achievements import service
from laurels.achievements.models import Award, AwardDraft
from laurels.http import Endpoint, Grant, Languages, Made

app = Endpoint()


@app.post(
    "/v1/users/<user_id>/achievements",
    summary="Award an achievement",
    allow=(Grant.AWARDS_WRITE, Grant.ADMIN),
    tags=["achievements"],
)
def award_achievement(user_id: str, languages: Languages, draft: AwardDraft) -> Made[Award]:
    return service.award(user_id, draft, languages)


handler = app.handler
