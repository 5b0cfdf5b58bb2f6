"""The door to S3: read and write whole objects, read ranges of bytes, join objects, make upload forms and download
URLs.
"""

import html
import json
import os
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

from laurels import clock, settings
from laurels.aws import client, signing

_SMALLEST_PART = 5 * 1024 * 1024  # bytes, of all parts of a multipart upload but the last one


@dataclass(frozen=True, slots=True)
class Form:
    """A form for uploading a file (multipart/form-data): send all the fields, then the file as `file`."""

    url: str
    fields: dict[str, str]
    expires_at: datetime


def put(
    name: str, body: bytes | bytearray, content_type: str = "application/octet-stream", cache_control: str = ""
) -> None:
    """Write an object. Readers see the old or the new one, never a part. `cache_control` is for readers over HTTP."""
    caching = {"cache-control": cache_control} if cache_control else {}
    _send("PUT", _url(name), {"content-type": content_type} | caching, body)


def join(name: str, parts: Sequence[str], end: bytes | bytearray) -> None:
    """Write an object that consists of other objects, of about the same size, and of `end`. If the first has at least
    5 MB, S3 copies them; otherwise they are read and written here.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
    """
    if len(parts) < 2 or len(get(parts[0], 0, _SMALLEST_PART) or b"") < _SMALLEST_PART:
        put(name, b"".join([*(get(part) or b"" for part in parts), end]))
        return
    target, s3 = {"Bucket": settings.text("BUCKET_NAME"), "Key": name}, _multipart_client()
    upload = target | {"UploadId": s3.create_multipart_upload(**target)["UploadId"]}
    tags = []
    for number, part in enumerate(parts, start=1):
        source = {"Bucket": target["Bucket"], "Key": part}
        copied = s3.upload_part_copy(**upload, PartNumber=number, CopySource=source)["CopyPartResult"]
        tags.append(copied["ETag"])
    tags.append(s3.upload_part(**upload, PartNumber=len(parts) + 1, Body=end)["ETag"])
    listed = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, start=1)]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": listed})


def get(name: str, start: int = 0, length: int | None = None) -> bytes | None:
    """Return the object's bytes from `start`, at most `length` (≥ 1); None if there is no such object."""
    end = "" if length is None else str(start + length - 1)
    try:
        return _send("GET", _url(name), {"range": f"bytes={start}-{end}"}).body
    except client.ServiceError as error:
        if error.http_status == 404:
            return None
        if error.http_status == 416:  # the range begins behind the end of the object
            return b""
        raise


def names(prefix: str) -> list[str]:
    """Return the names of all objects with a prefix, in order; one request per 1,000."""
    found: list[str] = []
    query = {"list-type": "2", "prefix": prefix}
    while True:
        # The signature covers the parameters sorted by name.
        parameters = urlencode(
            sorted(query.items()), quote_via=lambda text, *_: signing.escape(text).replace("/", "%2F")
        )
        page = _send("GET", f"{_url('')}?{parameters}", {}).body.decode()
        found += [html.unescape(name) for name in re.findall(r"<Key>(.*?)</Key>", page, re.DOTALL)]
        following = re.search(r"<NextContinuationToken>(.*?)</NextContinuationToken>", page)
        if not following:
            return found
        query["continuation-token"] = html.unescape(following[1])


def delete(names: Sequence[str]) -> None:
    """Delete objects. Missing ones are no error."""
    for name in names:
        _send("DELETE", _url(name), {})


def download_url(name: str, seconds: int) -> str:
    """Return a URL with which anybody can read this one object until it expires."""
    at = clock.now().strftime("%Y%m%dT%H%M%SZ")
    return signing.signed_url("s3", _url(name), seconds, signing.credentials(), at)


def upload_form(name: str, content_type: str, max_bytes: int, seconds: int) -> Form:
    """Return a form that allows anybody to write this one object, with this type and 1 to `max_bytes` bytes, until it
    expires.

    S3 enforces these: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
    """
    now, credentials = clock.now(), signing.credentials()
    at, expires_at = now.strftime("%Y%m%dT%H%M%SZ"), (now + timedelta(seconds=seconds)).replace(microsecond=0)
    held_to = {
        "Content-Type": content_type,
        "bucket": settings.text("BUCKET_NAME"),
        "key": name,
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
        "x-amz-credential": f"{credentials.access_key}/{at[:8]}/{signing.region()}/s3/aws4_request",
        "x-amz-date": at,
    }
    if credentials.token:
        held_to["x-amz-security-token"] = credentials.token
    conditions = [["content-length-range", 1, max_bytes], *({field: value} for field, value in held_to.items())]
    document = {"expiration": f"{expires_at:%Y-%m-%dT%H:%M:%SZ}", "conditions": conditions}
    policy = b64encode(json.dumps(document).encode()).decode()
    signed = {"policy": policy, "x-amz-signature": signing.signature("s3", policy, credentials, at)}
    fields = {field: value for field, value in held_to.items() if field != "bucket"}
    return Form(_url(""), fields | signed, expires_at)


def _send(method: str, url: str, headers: Mapping[str, str], body: bytes | bytearray = b"") -> client.Response:
    # A body is sent at once; a response arrives in parts, each with its own time limit.
    timeout = settings.seconds("STORAGE_WRITE_SECONDS" if body else "STORAGE_READ_SECONDS")
    return client.send("s3", method, url, headers, body, timeout)


def _url(name: str) -> str:
    """Return the address of an object, or of the bucket for an empty name. An emulator's endpoint has the bucket in the
    path, AWS has it in the host."""
    bucket, endpoint = settings.text("BUCKET_NAME"), client.endpoint("s3")
    if os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL"):
        return f"{endpoint}{bucket}/{signing.escape(name)}"
    return f"{endpoint.replace('https://', f'https://{bucket}.', 1)}{signing.escape(name)}"


@cache
def _multipart_client() -> Any:
    """Return boto3's client: nobody waits here, and it knows the errors that S3 hides in successful responses."""
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 4})
    return boto3.client("s3", config=config)
