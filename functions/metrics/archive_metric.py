"""DELETE /v1/metrics/{metric}: an admin archives a metric. What was counted stays, and a PATCH can restore it."""

from laurels.http import Endpoint, Grant, IfMatch
from laurels.metrics import service

app = Endpoint()


@app.delete("/v1/metrics/<metric>", summary="Archive a metric", allow=(Grant.ADMIN,), tags=["metrics"])
def archive_metric(metric: str, if_match: IfMatch) -> None:
    service.archive(metric, if_match.revision)


handler = app.handler
