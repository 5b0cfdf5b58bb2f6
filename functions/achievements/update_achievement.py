"""PATCH /v1/achievements/{code}: an admin changes some fields of a definition."""

from laurels.achievements import catalogue
from laurels.achievements.catalogue_models import AchievementDefinition, AchievementPatch
from laurels.http import Endpoint, Grant, IfMatch, Revised

app = Endpoint()


@app.patch("/v1/achievements/<code>", summary="Change an achievement", allow=(Grant.ADMIN,), tags=["achievements"])
def update_achievement(code: str, if_match: IfMatch, patch: AchievementPatch) -> Revised[AchievementDefinition]:
    return catalogue.update(code, patch, if_match.revision)


handler = app.handler
