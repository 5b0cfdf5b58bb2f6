"""GET /v1/openapi.json: the OpenAPI 3.1 document of all endpoints."""

from typing import Any

from laurels.http import Endpoint, Reply
from laurels.service import service

app = Endpoint()


@app.get("/v1/openapi.json", summary="This document", tags=["service"])
def get_openapi() -> Reply[dict[str, Any]]:
    return Reply(service.openapi(), etag=True, headers={"cache-control": "public, max-age=300"})


handler = app.handler
