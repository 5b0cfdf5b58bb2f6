"""POST /v1/achievements: an admin adds a definition to the catalogue."""

from laurels.achievements import catalogue
from laurels.achievements.models import AchievementDefinition, AchievementDraft
from laurels.http import Caller, Endpoint, Grant, Origin

app = Endpoint()


@app.post("/v1/achievements", summary="Define an achievement", tags=["achievements"], idempotent=True)
def create_achievement(caller: Caller, origin: Origin, draft: AchievementDraft) -> AchievementDefinition:
    caller.needs(Grant.ADMIN)
    return catalogue.create(draft, origin)


handler = app.handler
