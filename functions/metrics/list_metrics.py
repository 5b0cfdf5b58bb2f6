"""GET /v1/metrics: what can be counted, in the reader's language; admins get all editable fields."""

from laurels.http import Caller, Endpoint, Languages, PageQuery
from laurels.metrics import service
from laurels.metrics.models import EditableMetric, MetricInfo
from laurels.paging import Listing

app = Endpoint()


@app.get("/v1/metrics", summary="All metrics", tags=["metrics"], etag=True, max_age=60)
def list_metrics(caller: Caller, languages: Languages, page: PageQuery) -> Listing[MetricInfo | EditableMetric]:
    return service.list_all(caller, languages, page)


handler = app.handler
