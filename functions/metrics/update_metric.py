"""PATCH /v1/metrics/{metric}: an admin changes some fields of a metric."""

from laurels.http import Endpoint, Grant, IfMatch, Revised
from laurels.metrics import service
from laurels.metrics.models import MetricDefinition, MetricPatch

app = Endpoint()


@app.patch("/v1/metrics/<metric>", summary="Change a metric", allow=(Grant.ADMIN,), tags=["metrics"])
def update_metric(metric: str, if_match: IfMatch, patch: MetricPatch) -> Revised[MetricDefinition]:
    return service.update(metric, patch, if_match.revision)


handler = app.handler
