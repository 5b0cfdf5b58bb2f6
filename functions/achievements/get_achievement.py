"""GET /v1/achievements/{code}: one achievement, in the reader's language; admins get all editable fields."""

from laurels.achievements import catalogue
from laurels.achievements.catalogue_models import Achievement, EditableAchievement
from laurels.http import Caller, Endpoint, Languages, Revised

app = Endpoint()


@app.get("/v1/achievements/<code>", summary="One achievement", tags=["achievements"], max_age=60)
def get_achievement(code: str, caller: Caller, languages: Languages) -> Revised[Achievement | EditableAchievement]:
    return catalogue.get(code, caller, languages)


handler = app.handler
