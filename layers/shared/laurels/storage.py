"""The one door to S3: whole objects in, whole objects or a range of bytes out."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as BotoConnectionError

from laurels import settings
from laurels.errors import Unavailable


def put(name: str, body: bytes, content_type: str = "application/octet-stream") -> None:
    """Writes an object; readers see the old one or the new one, never a part."""
    _call("put_object", Key=name, Body=body, ContentType=content_type)


def get(name: str, start: int = 0, length: int | None = None) -> bytes | None:
    """The object's bytes from `start` on, at most `length` (≥ 1) of them; None if there is no such object."""
    end = "" if length is None else str(start + length - 1)
    try:
        body: bytes = _call("get_object", Key=name, Range=f"bytes={start}-{end}")["Body"]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return None
        if error.response["Error"]["Code"] in ("InvalidRange", "416"):  # begins where the object ends, or after
            return b""
        raise
    return body


def delete(names: Sequence[str]) -> None:
    """Removes objects, at most 1,000; those that are gone already are fine. Raises Unavailable if any is left."""
    answer = _call("delete_objects", Delete={"Objects": [{"Key": name} for name in names], "Quiet": True})
    if answer.get("Errors"):
        raise Unavailable


def _call(operation: str, **request: Any) -> dict[str, Any]:
    """The answer, with its body read to the end. Raises Unavailable for what may succeed in a moment."""
    try:
        answer: dict[str, Any] = getattr(_client(), operation)(Bucket=settings.text("BUCKET_NAME"), **request)
        return {**answer, "Body": answer["Body"].read()} if "Body" in answer else answer
    except (BotoConnectionError, HTTPClientError, IncompleteReadError) as error:
        raise Unavailable from error
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
            raise Unavailable from error
        raise


@cache
def _client() -> Any:
    return boto3.client("s3", config=Config(connect_timeout=1, read_timeout=5, retries={"total_max_attempts": 3}))
