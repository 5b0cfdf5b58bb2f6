"""GET /v1/health: whether the service can serve."""

from laurels.http import Endpoint
from laurels.service import service
from laurels.service.models import Health

app = Endpoint()


@app.get("/v1/health", summary="Health", tags=["service"])
def get_health() -> Health:
    return service.health()


handler = app.handler
