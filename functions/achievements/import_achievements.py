"""POST /v1/achievements/import: an admin creates or replaces up to 100 definitions."""

from laurels.achievements import catalogue
from laurels.achievements.catalogue_models import AchievementImport, ImportReport
from laurels.http import Endpoint, Grant

app = Endpoint()


@app.post(
    "/v1/achievements/import",
    status_code=200,
    summary="Define many achievements",
    allow=(Grant.ADMIN,),
    tags=["achievements"],
)
def import_achievements(rows: AchievementImport) -> ImportReport:
    return catalogue.import_all(rows)


handler = app.handler
