"""Signature Version 4, and the credentials for it.

Importing botocore costs more than all the rest of an endpoint; tests compare our signatures with botocore's.

https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
"""

import hashlib
import hmac
import os
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit


class Credentials(NamedTuple):
    access_key: str
    secret_key: str
    token: str | None


def region() -> str:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


def sign(
    service: str,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | bytearray,
    credentials: Credentials,
    at: str,
) -> dict[str, str]:
    """Return the headers together with those of Signature Version 4. `at` is the time as `20261120T182205Z`."""
    parts = urlsplit(url)
    digest = hashlib.sha256(body).hexdigest()
    signed = {name.lower(): value for name, value in headers.items()} | {"host": parts.netloc, "x-amz-date": at}
    if service == "s3":
        signed["x-amz-content-sha256"] = digest
    if credentials.token:
        signed["x-amz-security-token"] = credentials.token
    names = sorted(signed)
    canonical_headers = "".join(f"{name}:{signed[name].strip()}\n" for name in names)
    # DynamoDB and SQS are called at "/"; S3 requires its path escaped once, as in the URL.
    canonical = "\n".join((method, parts.path, parts.query, canonical_headers, ";".join(names), digest))
    scope = f"{at[:8]}/{region()}/{service}/aws4_request"
    to_sign = "\n".join(("AWS4-HMAC-SHA256", at, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    signed["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, "
        f"SignedHeaders={';'.join(names)}, Signature={signature(service, to_sign, credentials, at)}"
    )
    return signed


def signed_url(service: str, url: str, seconds: int, credentials: Credentials, at: str) -> str:
    """Return the URL of a GET that anybody may send until it expires. `url` has no query, `at` is as in `sign`.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    """
    parts, scope = urlsplit(url), f"{at[:8]}/{region()}/{service}/aws4_request"
    fields = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{credentials.access_key}/{scope}",
        "X-Amz-Date": at,
        "X-Amz-Expires": str(seconds),
        "X-Amz-SignedHeaders": "host",
    }
    if credentials.token:
        fields["X-Amz-Security-Token"] = credentials.token
    query = "&".join(f"{name}={quote(fields[name], safe='-_.~')}" for name in sorted(fields))
    canonical = "\n".join(("GET", parts.path, query, f"host:{parts.netloc}\n", "host", "UNSIGNED-PAYLOAD"))
    to_sign = "\n".join(("AWS4-HMAC-SHA256", at, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    return f"{url}?{query}&X-Amz-Signature={signature(service, to_sign, credentials, at)}"


def signature(service: str, text: str, credentials: Credentials, at: str) -> str:
    """Return the signature of a text for a service on the day of `at`, in hexadecimal."""
    key = _signing_key(credentials.secret_key, at[:8], region(), service)
    return hmac.digest(key, text.encode(), "sha256").hex()


def escape(path: str) -> str:
    """Return a path as S3 requires it in URLs."""
    return quote(path, safe="/-_.~")


@cache
def _signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def credentials() -> Credentials:
    """Return the credentials that Lambda puts into the environment. Elsewhere (a developer's profile) botocore finds
    them; it is imported only then."""
    try:
        return Credentials(
            os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"], os.environ.get("AWS_SESSION_TOKEN")
        )
    except KeyError:
        found = _botocore_credentials().get_frozen_credentials()  # refreshes expired ones
        return Credentials(found.access_key, found.secret_key, found.token)


@cache
def _botocore_credentials() -> Any:
    from botocore.session import Session

    return Session().get_credentials()
