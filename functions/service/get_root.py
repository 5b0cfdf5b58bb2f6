"""GET /v1: name, version and links."""

from laurels.http import Endpoint
from laurels.service import service
from laurels.service.models import Root

app = Endpoint()


@app.get("/v1", summary="Name, version, links", tags=["service"])
def get_root() -> Root:
    return service.root()


handler = app.handler
