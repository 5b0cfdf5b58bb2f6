"""What an endpoint answers (payload 2.0): its document, with an ETag where there can be one, or a problem."""

import json
from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from laurels.errors import Problem

Response = dict[str, Any]
Body = TypeVar("Body")


@dataclass(frozen=True, slots=True)
class Reply(Generic[Body]):
    """An answer that is more than its body.

    `revision` is the document's: it makes an ETag that `If-Match` can name. `etag` makes one of the content alone.
    """

    body: Body
    status: int = 0  # 0: the route's own
    headers: dict[str, str] = field(default_factory=dict)
    revision: int | None = None
    etag: bool = False


def success(reply: Reply[Any], body: Any, status: int, held: str) -> Response:
    """The reply as a response with that body. `status` if it has none of its own; `held`: the ETags that the client has
    (`If-None-Match`), of which one is enough for a 304."""
    status = reply.status or status
    if body is None:
        return {"statusCode": status, "headers": reply.headers}
    if isinstance(body, bytes):
        encoded = b64encode(body).decode()
        return {"statusCode": status, "headers": reply.headers, "body": encoded, "isBase64Encoded": True}
    text = body.model_dump_json() if isinstance(body, BaseModel) else json.dumps(body, ensure_ascii=False)
    headers = {"content-type": "application/json", "cache-control": "no-store"} | reply.headers
    if reply.revision is not None or reply.etag:
        content = blake2b(text.encode(), digest_size=8).hexdigest()
        etag = f'"{content}"' if reply.revision is None else f'"{reply.revision}-{content}"'
        headers["etag"] = etag
        if headers["cache-control"] == "no-store":
            headers["cache-control"] = "private, no-cache"
        if held.strip() == "*" or etag in held:
            del headers["content-type"]
            return {"statusCode": 304, "headers": headers}
    return {"statusCode": status, "headers": headers, "body": text}


def problem(error: Problem, request_id: str) -> Response:
    """The error as `application/problem+json` (RFC 9457)."""
    body = {
        "type": f"urn:laurels:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "request_id": request_id,
        "errors": error.errors,
    }
    headers = {"content-type": "application/problem+json", "cache-control": "no-store"}
    if error.retry_after is not None:
        headers["retry-after"] = str(error.retry_after)
    if error.status == 401:
        headers["www-authenticate"] = "Bearer"  # RFC 9110, section 11.6.1
    return {"statusCode": error.status, "headers": headers, "body": json.dumps(body, ensure_ascii=False)}
