"""GET /v1/app: the page for learners, teachers and operators."""

from laurels.http import Endpoint, HtmlPage
from laurels.service import service

app = Endpoint()


@app.get("/v1/app", summary="A page to look at it all", tags=["service"], etag=True, max_age=300)
def get_app() -> HtmlPage:
    return service.app()


handler = app.handler
