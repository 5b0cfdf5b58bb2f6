"""Signed requests to AWS: its JSON protocol (DynamoDB, SQS, EventBridge, Secrets Manager), plain S3 objects, and no
more.

A boto3 client costs more start-up than all the rest of an endpoint, and most of the CPU of a call (`make bench`).
This module retries what may be retried, with jitter; `signing` signs, and `connections` carries the requests. Multipart
transfers, Bedrock and paginators are for boto3, in functions for which nobody waits.
"""

import json
import os
import random
import re
import time
from collections.abc import Mapping
from typing import Any
from zlib import crc32

from laurels import clock, settings
from laurels.aws import connections, signing
from laurels.aws.connections import Response as Response
from laurels.errors import Unavailable

ATTEMPTS = 3
_FIRST_WAIT = 0.05  # seconds; doubles
# Many errors have `Throttled` or `Throttling` in their names.
_RETRYABLE = re.compile(
    "Throttl|ProvisionedThroughputExceeded|RequestLimitExceeded|RequestTimeout$|SlowDown|TransactionInProgress"
)


class NoResponse(Unavailable):
    """No (whole) response came: the request may or may not have been carried out."""

    def __init__(self, why: str):
        super().__init__()
        self.add_note(why)


class ServiceError(Exception):
    """AWS responded with an error that a retry would meet again: a failed condition, or a mistake of ours.

    `error` is its name without the namespace; `body` is the JSON response.
    """

    def __init__(self, status: int, error: str, body: Mapping[str, Any]):
        Exception.__init__(self, f"{status} {error}: {body.get('message') or body.get('Message') or ''}")
        self.http_status, self.error, self.body = status, error, body


class Retryable(ServiceError, Unavailable):
    """AWS responded with an error, and the same request may succeed in a moment."""

    def __init__(self, status: int, error: str, body: Mapping[str, Any]):
        Unavailable.__init__(self)
        ServiceError.__init__(self, status, error, body)


_JSON_1_1 = {"events", "secretsmanager"}  # services whose protocol is JSON 1.1; the others' is 1.0


def call(service: str, target: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Call one operation of a service with a JSON protocol. Raises as `send`."""
    version = "1.1" if service in _JSON_1_1 else "1.0"
    headers = {"content-type": f"application/x-amz-json-{version}", "x-amz-target": target}
    timeout = settings.seconds("RESPONSE_SECONDS")
    response = send(service, "POST", endpoint(service), headers, json.dumps(request).encode(), timeout)
    try:
        body = json.loads(response.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):  # from a proxy, not from AWS
        raise NoResponse(f"{service}: the response is not JSON")
    return body


def send(
    service: str, method: str, url: str, headers: Mapping[str, str], body: bytes | bytearray, timeout: float
) -> Response:
    """Send a request, signed, and send it again after a retryable error or without a response.

    A write can therefore be carried out twice. `timeout`: seconds to wait for each part of the response.
    Raises ServiceError (Retryable if it may pass), NoResponse.
    """
    wait = _FIRST_WAIT
    for attempt in range(1, ATTEMPTS + 1):
        try:
            response = _send_once(service, method, url, headers, body, timeout)
            if response.status < 300:  # a redirect means that nothing was done
                return response
            raise _error(response)
        except (NoResponse, Retryable):
            if attempt == ATTEMPTS:
                raise
        time.sleep(random.uniform(0, wait))  # noqa: S311 - jitter, not a secret
        wait *= 2
    raise AssertionError("unreachable")


def endpoint(service: str) -> str:
    """Return the service's address: from the environment, as every SDK reads it, or the region's own."""
    override = os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or os.environ.get("AWS_ENDPOINT_URL")
    if override:
        return override.rstrip("/") + "/"
    region = signing.region()
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"https://{service}.{region}.{suffix}/"


def _send_once(
    service: str, method: str, url: str, headers: Mapping[str, str], body: bytes | bytearray, timeout: float
) -> Response:
    """Send one signed request and return its response, verified by its checksum."""
    at = clock.now().strftime("%Y%m%dT%H%M%SZ")
    signed = signing.sign(service, method, url, headers, body, signing.credentials(), at)
    try:
        response = connections.request(method, url, signed, body, timeout)
    except OSError as error:
        raise NoResponse(f"{service}: {type(error).__name__}") from error
    if response.headers.get("x-amz-crc32") not in (None, str(crc32(response.body))):
        raise NoResponse(f"{service}: the response was damaged on its way")
    return response


def _error(response: Response) -> ServiceError:
    """Return the error in a response: JSON (DynamoDB, SQS), or XML (S3), of which only the code is needed."""
    try:
        body = json.loads(response.body)
    except ValueError:
        body = None
    if isinstance(body, dict):
        code = str(body.get("__type", ""))
    else:
        text = response.body.decode(errors="replace")
        body, code = {}, text.partition("<Code>")[2].partition("</Code>")[0]
    code = code.rpartition("#")[2]
    retryable = response.status >= 500 or _RETRYABLE.search(code)
    return (Retryable if retryable else ServiceError)(response.status, code, body)
