"""POST /v1/metrics: an admin defines a metric."""

from laurels.http import Endpoint, Grant, Origin
from laurels.metrics import service
from laurels.metrics.models import MetricDefinition, MetricDraft

app = Endpoint()


@app.post("/v1/metrics", summary="Define a metric", allow=(Grant.ADMIN,), tags=["metrics"], idempotent=True)
def create_metric(origin: Origin, draft: MetricDraft) -> MetricDefinition:
    return service.create(draft, origin)


handler = app.handler
