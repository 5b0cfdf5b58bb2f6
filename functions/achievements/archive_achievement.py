"""DELETE /v1/achievements/{code}: an admin archives a definition. Awards stay, and a PATCH can restore it."""

from laurels.achievements import catalogue
from laurels.http import Endpoint, Grant, IfMatch

app = Endpoint()


@app.delete("/v1/achievements/<code>", summary="Archive an achievement", allow=(Grant.ADMIN,), tags=["achievements"])
def archive_achievement(code: str, if_match: IfMatch) -> None:
    catalogue.archive(code, if_match.revision)


handler = app.handler
