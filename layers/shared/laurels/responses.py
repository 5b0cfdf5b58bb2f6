"""Responses (payload 2.0): the result of an endpoint's function as its route declares it, or a problem."""

import json
from base64 import b64encode
from collections.abc import Collection
from hashlib import blake2b
from typing import Any

from pydantic import BaseModel

from laurels import etags
from laurels.callers import Caller
from laurels.errors import Problem
from laurels.fields import PATH_PARTS
from laurels.languages import Languages
from laurels.pages import HtmlPage, SvgPicture
from laurels.revisions import Made, Revised
from laurels.routing import Route
from laurels.spreadsheets import CsvFile

Response = dict[str, Any]
_HEADERS = {"x-content-type-options": "nosniff"}  # of every response
_VARY = ((Caller, "authorization"), (Languages, "accept-language"))  # the headers that these are read from


def success(route: Route, result: Any, read: Collection[Any], document: str = "", held: str = "") -> Response:
    """Return the function's result as a response.

    `read` are the arguments that the function got. `document` is the id in the path. `held` are the ETags that the
    client has (`If-None-Match`): if one matches, the response is a 304.
    """
    status, revision = route.status_code, None
    if isinstance(result, Made):
        status = route.status_code if result.is_new else 200
        result = result.content
    if isinstance(result, Revised):
        result, revision = result
    media = {"content-type": route.content_type}
    if isinstance(result, CsvFile | HtmlPage | SvgPicture):
        media, result = result.headers, result.content
    if result is None:
        return {"statusCode": status, "headers": _HEADERS}
    body = result if isinstance(result, bytes) else _json(result).encode()
    etag = ""
    if revision is not None:
        etag = f'"{etags.of(_id_in(result) or document, revision, body)}"'
    elif route.etag:
        etag = f'"{blake2b(body, digest_size=8).hexdigest()}"'
    caching = _caching(route, read, etag)
    if etag and (held.strip() == "*" or etag in held):
        return {"statusCode": 304, "headers": _HEADERS | caching}
    headers = media | _HEADERS | caching
    if isinstance(result, bytes):
        encoded = b64encode(body).decode()
        return {"statusCode": status, "headers": headers, "body": encoded, "isBase64Encoded": True}
    return {"statusCode": status, "headers": headers, "body": body.decode()}


def _json(content: Any) -> str:
    return content.model_dump_json() if isinstance(content, BaseModel) else json.dumps(content, ensure_ascii=False)


def _id_in(content: Any) -> str:
    """Return the document's id if the content begins with one: the path of a create does not have it."""
    first = next(iter(type(content).model_fields), "") if isinstance(content, BaseModel) else ""
    return str(getattr(content, first)) if first in PATH_PARTS else ""


def _caching(route: Route, read: Collection[Any], etag: str) -> dict[str, str]:
    """Return the headers for caches. With `max_age` any cache may keep the response, unless it was made for the holder
    of a token. With an ETag the client may keep it, and must revalidate it on each use."""
    headers = {"etag": etag} if etag else {}
    if not route.max_age or any(isinstance(each, Caller) and each.sub for each in read):
        return headers | {"cache-control": "private, no-cache" if etag else "no-store"}
    headers["cache-control"] = f"public, max-age={route.max_age}"
    vary = [header for kind, header in _VARY if any(isinstance(each, kind) for each in read)]
    return headers | ({"vary": ", ".join(vary)} if vary else {})


def problem(error: Problem, request_id: str) -> Response:
    """Return the error as `application/problem+json` (RFC 9457)."""
    body = {
        "type": f"urn:laurels:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "request_id": request_id,
        "errors": error.errors,
    }
    headers = {"content-type": "application/problem+json", "cache-control": "no-store"} | _HEADERS
    if error.retry_after is not None:
        headers["retry-after"] = str(error.retry_after)
    if error.status == 401:
        headers["www-authenticate"] = "Bearer"  # RFC 9110, section 11.6.1
    return {"statusCode": error.status, "headers": headers, "body": json.dumps(body, ensure_ascii=False)}
