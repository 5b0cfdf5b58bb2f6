"""Upload forms equal those that botocore makes, to the last byte of the policy."""

import json
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import boto3
import botocore.auth
import botocore.signers
import pytest
from botocore.config import Config

from laurels import clock, storage

BUCKET = "laurels-bucket"
NOW = datetime(
    2026, 11, 20, 23, 55, 5, 987_000, tzinfo=UTC
)  # just before midnight, so that the form expires on the next day


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    monkeypatch.setenv("BUCKET_NAME", BUCKET)
    monkeypatch.setattr(clock, "now", lambda: NOW)


def theirs(name: str, content_type: str, max_bytes: int, seconds: int) -> storage.Form:
    """The form that botocore makes with the same time, credentials and conditions."""
    config = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
    s3 = boto3.Session().client("s3", region_name="eu-west-1", config=config)
    conditions = [["content-length-range", 1, max_bytes], {"Content-Type": content_type}]
    naive = NOW.replace(tzinfo=None)
    with (
        patch.object(botocore.auth, "get_current_datetime", return_value=naive),
        patch.object(botocore.signers, "get_current_datetime", return_value=naive),
    ):
        form: dict[str, Any] = s3.generate_presigned_post(
            BUCKET, name, {"Content-Type": content_type}, conditions, seconds
        )
    s3.close()
    return storage.Form(form["url"], form["fields"], NOW)


@pytest.mark.parametrize("token", [None, "a/session+token=="])
@pytest.mark.parametrize(
    ("name", "content_type", "max_bytes", "seconds"),
    [
        ("uploads/avatars/42/0123", "image/png", 5_242_880, 600),
        ("uploads/avatars/auth0|6558@x:y/0123", "image/jpeg", 1, 1),
    ],
)
def test_a_form_has_the_same_fields_as_that_of_botocore(
    name: str, content_type: str, max_bytes: int, seconds: int, token: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if token:
        monkeypatch.setenv("AWS_SESSION_TOKEN", token)
    ours, expected = (make(name, content_type, max_bytes, seconds) for make in (storage.upload_form, theirs))
    assert ours.url == expected.url
    assert ours.fields == expected.fields
    assert ("x-amz-security-token" in ours.fields) == bool(token)


def test_a_form_has_its_expiration_time() -> None:
    form = storage.upload_form("a", "image/png", 10, 600)
    assert form.expires_at == NOW.replace(microsecond=0) + timedelta(seconds=600)
    assert json.loads(b64decode(form.fields["policy"]))["expiration"] == "2026-11-21T00:05:05Z"


def test_a_form_is_posted_to_the_configured_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert storage.upload_form("a", "image/png", 10, 60).url == f"http://127.0.0.1:4566/{BUCKET}/"
