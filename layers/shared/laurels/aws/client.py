"""Signed requests to AWS: as much of an SDK as DynamoDB, SQS and S3 need here, and no more.

A boto3 client costs more start-up than all the rest of an endpoint, and most of the CPU of a call (`make bench`).
This one signs (Signature Version 4), and repeats what may be repeated, with jitter; `exchange` carries the requests.
https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
"""

import hashlib
import hmac
import json
import os
import random
import re
import time
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit
from zlib import crc32

from laurels import clock
from laurels.aws.connections import Answer as Answer
from laurels.aws.connections import exchange
from laurels.errors import Unavailable

READ_SECONDS = 2.0
ATTEMPTS = 3
_FIRST_WAIT = 0.05  # seconds; doubles
# `Throttled` and `Throttling` stand in the names of many errors, at their beginning or end.
_PASSING = re.compile(
    "Throttl|ProvisionedThroughputExceeded|RequestLimitExceeded|RequestTimeout$|SlowDown|TransactionInProgress"
)


class NoAnswer(Unavailable):
    """No (whole) answer came: the request may or may not have been carried out."""

    def __init__(self, why: str):
        super().__init__()
        self.add_note(why)


class Refused(Exception):
    """AWS answered with an error that the same request will meet again: a condition, or a mistake of ours.

    `error` is its name without the namespace; `body` is the JSON answer.
    """

    def __init__(self, status: int, error: str, body: Mapping[str, Any]):
        Exception.__init__(self, f"{status} {error}: {body.get('message') or body.get('Message') or ''}")
        self.http_status, self.error, self.body = status, error, body


class TurnedAway(Refused, Unavailable):
    """AWS answered with an error, and the same request may succeed in a moment."""

    def __init__(self, status: int, error: str, body: Mapping[str, Any]):
        Unavailable.__init__(self)
        Refused.__init__(self, status, error, body)


class Credentials(NamedTuple):
    access_key: str
    secret_key: str
    token: str | None


def call(service: str, target: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """One operation of a service with a JSON protocol (DynamoDB, SQS). Raises as `send`."""
    headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": target}
    answer = send(service, "POST", endpoint(service), headers, json.dumps(request).encode(), READ_SECONDS)
    try:
        body = json.loads(answer.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):  # from something on the way, not from AWS
        raise NoAnswer(f"{service}: the answer is not of its protocol")
    return body


def send(service: str, method: str, url: str, headers: Mapping[str, str], body: bytes, patience: float) -> Answer:
    """Sends a request, signed, and repeats it if it was turned away for the moment or had no answer.

    A write can therefore be carried out twice. `patience`: seconds to wait for each part of the exchange.
    Raises Refused (TurnedAway if it may pass), NoAnswer.
    """
    wait = _FIRST_WAIT
    for attempt in range(1, ATTEMPTS + 1):
        try:
            answer = _exchange(service, method, url, headers, body, patience)
            if answer.status < 300:  # elsewhere, where a redirection points to, nothing was done either
                return answer
            raise _refusal(answer)
        except (NoAnswer, TurnedAway):
            if attempt == ATTEMPTS:
                raise
        time.sleep(random.uniform(0, wait))  # noqa: S311 - jitter, not a secret
        wait *= 2
    raise AssertionError("unreachable")


def endpoint(service: str) -> str:
    """The service's address: from the environment, as every SDK reads it, else the region's own."""
    override = os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or os.environ.get("AWS_ENDPOINT_URL")
    if override:
        return override.rstrip("/") + "/"
    suffix = "amazonaws.com.cn" if region().startswith("cn-") else "amazonaws.com"
    return f"https://{service}.{region()}.{suffix}/"


def region() -> str:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


def sign(
    service: str, method: str, url: str, headers: Mapping[str, str], body: bytes, credentials: Credentials, at: str
) -> dict[str, str]:
    """The headers with those that Signature Version 4 adds. `at` is the time as `20261120T182205Z`."""
    parts = urlsplit(url)
    digest = hashlib.sha256(body).hexdigest()
    signed = {name.lower(): value for name, value in headers.items()} | {"host": parts.netloc, "x-amz-date": at}
    if service == "s3":
        signed["x-amz-content-sha256"] = digest
    if credentials.token:
        signed["x-amz-security-token"] = credentials.token
    names = sorted(signed)
    canonical_headers = "".join(f"{name}:{signed[name].strip()}\n" for name in names)
    # DynamoDB and SQS are called at "/"; S3 wants its path escaped once, as it stands in the URL.
    canonical = "\n".join((method, parts.path, parts.query, canonical_headers, ";".join(names), digest))
    scope = f"{at[:8]}/{region()}/{service}/aws4_request"
    to_sign = "\n".join(("AWS4-HMAC-SHA256", at, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    signed["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, "
        f"SignedHeaders={';'.join(names)}, Signature={signature(service, to_sign, credentials, at)}"
    )
    return signed


def signature(service: str, text: str, credentials: Credentials, at: str) -> str:
    """Signs a text for a service, on the day of `at`; hexadecimal."""
    key = _signing_key(credentials.secret_key, at[:8], region(), service)
    return hmac.digest(key, text.encode(), "sha256").hex()


def escape(path: str) -> str:
    """A path as S3 wants it in URLs."""
    return quote(path, safe="/-_.~")


@cache
def _signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def credentials() -> Credentials:
    """Lambda puts them into the environment. Elsewhere (SnapStart, a developer's profile) botocore knows where to look;
    it is imported only then."""
    try:
        return Credentials(
            os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"], os.environ.get("AWS_SESSION_TOKEN")
        )
    except KeyError:
        found = _botocore_credentials().get_frozen_credentials()  # renews them when they run out
        return Credentials(found.access_key, found.secret_key, found.token)


@cache
def _botocore_credentials() -> Any:
    from botocore.session import Session

    return Session().get_credentials()


def _exchange(service: str, method: str, url: str, headers: Mapping[str, str], body: bytes, patience: float) -> Answer:
    """One request, signed, and its answer, undamaged."""
    at = clock.now().strftime("%Y%m%dT%H%M%SZ")
    signed = sign(service, method, url, headers, body, credentials(), at)
    try:
        answer = exchange(method, url, signed, body, patience)
    except OSError as error:
        raise NoAnswer(f"{service}: {type(error).__name__}") from error
    if answer.headers.get("x-amz-crc32") not in (None, str(crc32(answer.body))):
        raise NoAnswer(f"{service}: the answer was damaged on its way")
    return answer


def _refusal(answer: Answer) -> Refused:
    """The error in an answer: JSON (DynamoDB, SQS), or XML (S3), of which the code is enough."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        body = None
    if isinstance(body, dict):
        code = str(body.get("__type", ""))
    else:
        text = answer.body.decode(errors="replace")
        body, code = {}, text.partition("<Code>")[2].partition("</Code>")[0]
    code = code.rpartition("#")[2]
    passing = answer.status >= 500 or _PASSING.search(code)
    return (TurnedAway if passing else Refused)(answer.status, code, body)
