"""Signatures equal those of botocore for any request."""

from datetime import UTC, datetime
from unittest.mock import patch
from urllib.parse import urlsplit

import botocore.auth
import botocore.credentials
import pytest
from botocore.awsrequest import AWSRequest
from hypothesis import given
from hypothesis import strategies as st

from laurels.aws import signing

KEYS = signing.Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None)
AT = "20261120T182205Z"

hosts = st.sampled_from(["dynamodb.eu-west-1.amazonaws.com", "127.0.0.1:8000", "bucket.s3.eu-west-1.amazonaws.com"])
tokens = st.none() | st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)
header_values = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)


def theirs(service: str, method: str, url: str, headers: dict[str, str], body: bytes, keys: signing.Credentials) -> str:
    """The Authorization header that botocore makes."""
    request = AWSRequest(method=method, url=url, headers=headers, data=body)
    kind = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
    if service == "s3":
        request.context["payload_signing_enabled"] = True
    signer = kind(botocore.credentials.Credentials(keys.access_key, keys.secret_key, keys.token), service, "eu-west-1")
    moment = datetime.strptime(AT, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    with patch("botocore.auth.get_current_datetime", return_value=moment.replace(tzinfo=None)):
        signer.add_auth(request)
    return str(request.headers["Authorization"])


@pytest.fixture(autouse=True)
def _region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")


@given(host=hosts, body=st.binary(max_size=200), token=tokens, target=header_values)
def test_json_calls_are_signed_as_botocore_signs_them(host: str, body: bytes, token: str | None, target: str) -> None:
    keys = signing.Credentials(KEYS.access_key, KEYS.secret_key, token)
    url, headers = f"https://{host}/", {"content-type": "application/x-amz-json-1.0", "x-amz-target": target}
    for service in ("dynamodb", "sqs"):
        signed = signing.sign(service, "POST", url, headers, body, keys, AT)
        assert signed["authorization"] == theirs(service, "POST", url, headers, body, keys)


@given(host=hosts, name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1), body=st.binary(max_size=200))
def test_objects_are_signed_as_botocore_signs_them(host: str, name: str, body: bytes) -> None:
    url = f"https://{host}/{signing.escape(name)}"
    if urlsplit(url).path in ("/.", "/.."):
        return  # no object can have these names
    for method in ("GET", "PUT", "DELETE"):
        signed = signing.sign("s3", method, url, {"range": "bytes=0-9"}, body, KEYS, AT)
        assert signed["authorization"] == theirs("s3", method, url, {"range": "bytes=0-9"}, body, KEYS)


def test_the_date_is_part_of_the_signing_key() -> None:
    first, second = (signing.sign("sqs", "POST", "https://x/", {}, b"", KEYS, at) for at in (AT, "20261121T000000Z"))
    assert first["authorization"].rpartition("=")[2] != second["authorization"].rpartition("=")[2]
