"""GET /v1/achievements/{code}: one achievement, in the reader's language; for admins with all that they can edit."""

from laurels.achievements import catalogue
from laurels.achievements.models import Achievement, EditableAchievement
from laurels.http import Caller, Endpoint, Languages, Reply

app = Endpoint()


@app.get("/v1/achievements/<code>", summary="One achievement", tags=["achievements"])
def get_achievement(code: str, caller: Caller, languages: Languages) -> Reply[Achievement | EditableAchievement]:
    achievement, revision = catalogue.get(code, caller, languages)
    return Reply(achievement, revision=revision, headers=catalogue.caching(caller))


handler = app.handler
