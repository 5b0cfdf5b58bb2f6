"""GET /v1/docs: the documentation as a page, with all that it needs."""

from laurels.http import Endpoint, Reply
from laurels.service import service

app = Endpoint()


@app.get("/v1/docs", summary="Documentation to try the API from", tags=["service"])
def get_docs() -> Reply[bytes]:
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-encoding": "gzip",
        "cache-control": "public, max-age=300",
    }
    return Reply(service.docs(), headers=headers)


handler = app.handler
