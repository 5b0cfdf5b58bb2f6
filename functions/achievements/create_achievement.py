"""POST /v1/achievements: an admin adds a definition to the catalogue."""

from laurels.achievements import catalogue
from laurels.achievements.catalogue_models import AchievementDefinition, AchievementDraft
from laurels.http import Endpoint, Grant, Origin

app = Endpoint()


@app.post(
    "/v1/achievements", summary="Define an achievement", allow=(Grant.ADMIN,), tags=["achievements"], idempotent=True
)
def create_achievement(origin: Origin, draft: AchievementDraft) -> AchievementDefinition:
    return catalogue.create(draft, origin)


handler = app.handler
