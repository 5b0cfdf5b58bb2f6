"""The one door to S3: whole objects in, whole objects or a range of bytes out."""

import os
from collections.abc import Mapping, Sequence

from laurels import aws, settings

_PATIENCE = 30.0  # seconds: a board of a million users is tens of megabytes


def put(name: str, body: bytes, content_type: str = "application/octet-stream") -> None:
    """Writes an object; readers see the old one or the new one, never a part."""
    _send("PUT", name, {"content-type": content_type}, body)


def get(name: str, start: int = 0, length: int | None = None) -> bytes | None:
    """The object's bytes from `start` on, at most `length` (≥ 1) of them; None if there is no such object."""
    end = "" if length is None else str(start + length - 1)
    try:
        return _send("GET", name, {"range": f"bytes={start}-{end}"}).body
    except aws.Refused as error:
        if error.http_status == 404:
            return None
        if error.http_status == 416:  # begins where the object ends, or after
            return b""
        raise


def delete(names: Sequence[str]) -> None:
    """Removes objects; those that are gone already are fine."""
    for name in names:
        _send("DELETE", name, {})


def _send(method: str, name: str, headers: Mapping[str, str], body: bytes = b"") -> aws.Answer:
    return aws.send("s3", method, _url(name), headers, body, _PATIENCE)


def _url(name: str) -> str:
    """An endpoint of its own (an emulator) takes the bucket in the path; AWS wants it in the host."""
    bucket, endpoint = settings.text("BUCKET_NAME"), aws.endpoint("s3")
    if os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL"):
        return f"{endpoint}{bucket}/{aws.escape(name)}"
    return f"{endpoint.replace('https://', f'https://{bucket}.', 1)}{aws.escape(name)}"
