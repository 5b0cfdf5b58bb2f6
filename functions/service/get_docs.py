"""GET /v1/docs: the interactive documentation, as one page."""

from laurels.http import Endpoint
from laurels.service import service

app = Endpoint()


@app.get(
    "/v1/docs",
    summary="Interactive documentation",
    tags=["service"],
    content_type="text/html; charset=utf-8",
    content_encoding="gzip",
    max_age=300,
)
def get_docs() -> bytes:
    return service.docs()


handler = app.handler
