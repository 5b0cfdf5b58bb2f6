"""GET /v1/metrics/{metric}: one metric, in the reader's language; admins get all editable fields."""

from laurels.http import Caller, Endpoint, Languages, Revised
from laurels.metrics import service
from laurels.metrics.models import EditableMetric, MetricInfo

app = Endpoint()


@app.get("/v1/metrics/<metric>", summary="One metric", tags=["metrics"], max_age=60)
def get_metric(metric: str, caller: Caller, languages: Languages) -> Revised[MetricInfo | EditableMetric]:
    return service.get(metric, caller, languages)


handler = app.handler
