"""GET /v1/openapi.json: the OpenAPI 3.1 document of all endpoints."""

from typing import Any

from laurels.http import Endpoint
from laurels.service import service

app = Endpoint()


@app.get("/v1/openapi.json", summary="This document", tags=["service"], etag=True, max_age=300)
def get_openapi() -> dict[str, Any]:
    return service.openapi()


handler = app.handler
