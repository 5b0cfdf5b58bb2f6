"""DELETE /v1/achievements/{code}: an admin archives a definition. Awards stay, and a PATCH can take it back."""

from laurels.achievements import catalogue
from laurels.http import Caller, Endpoint, Grant, IfMatch

app = Endpoint()


@app.delete("/v1/achievements/<code>", summary="Archive an achievement", tags=["achievements"])
def archive_achievement(code: str, caller: Caller, if_match: IfMatch) -> None:
    caller.needs(Grant.ADMIN)
    catalogue.archive(code, if_match.revision)


handler = app.handler
