"""POST /v1/achievements/{code}/backfill: an admin awards an achievement to all users who meet its criteria."""

from laurels.achievements import backfill
from laurels.achievements.backfill_models import BackfillDraft, BackfillReport
from laurels.http import Endpoint, Grant, Made, Origin

app = Endpoint()


@app.post(
    "/v1/achievements/<code>/backfill",
    status_code=202,
    summary="Award all who qualify",
    allow=(Grant.ADMIN,),
    tags=["achievements"],
    idempotent=True,
)
def start_backfill(code: str, origin: Origin, draft: BackfillDraft) -> Made[BackfillReport]:
    report = backfill.count(code) if draft.dry_run else backfill.start(code, origin)
    return Made(report, is_new=not draft.dry_run)


handler = app.handler
