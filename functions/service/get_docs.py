"""GET /v1/docs: the interactive documentation, as one page."""

from laurels.http import Endpoint, HtmlPage
from laurels.service import service

app = Endpoint()


@app.get("/v1/docs", summary="Interactive documentation", tags=["service"], max_age=300)
def get_docs() -> HtmlPage:
    return service.docs()


handler = app.handler
