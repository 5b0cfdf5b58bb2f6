"""Lambda authorizer of the HTTP API (REQUEST, payload 2.0, simple response): identifies the caller by the token."""

from typing import Any

from laurels.authorizer import log, service
from laurels.authorizer.rules import Refused


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Return `{isAuthorized, context}`. An error, from a mistake or an outage of ours, becomes a 500 at the gateway."""
    headers = event.get("headers") or {}
    sent = [value for name, value in headers.items() if name.lower() == "authorization"]
    # Where a token is required, API Gateway answers for its absence itself and names what it found as identity source.
    if not sent and not event.get("identitySource"):
        return {"isAuthorized": True, "context": {}}
    try:
        return {"isAuthorized": True, "context": service.authorize(",".join(sent))}
    except Refused as refusal:
        request_id = event.get("requestContext", {}).get("requestId", "")
        log.write("WARNING", "token refused", reason=refusal.reason, correlation_id=request_id)
        return {"isAuthorized": False}
