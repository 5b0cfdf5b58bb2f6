"""Download URLs equal those that botocore makes."""

from datetime import UTC, datetime
from unittest.mock import patch

import boto3
import botocore.auth
import pytest
from botocore.config import Config

from laurels import clock, storage

BUCKET = "laurels-bucket"
NOW = datetime(2026, 11, 20, 23, 55, 5, 987_000, tzinfo=UTC)


def theirs(name: str, seconds: int) -> str:
    config = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
    s3 = boto3.Session().client("s3", region_name="eu-west-1", config=config)
    with patch.object(botocore.auth, "get_current_datetime", return_value=NOW.replace(tzinfo=None)):
        url: str = s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": name}, seconds)
    s3.close()
    return url


@pytest.mark.parametrize("token", [None, "a/session+token=="])
@pytest.mark.parametrize(("name", "seconds"), [("exports/42/0123.zip", 900), ("exports/auth0|6558@x:y/0.zip", 1)])
def test_a_url_is_that_of_botocore(name: str, seconds: int, token: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    monkeypatch.setenv("BUCKET_NAME", BUCKET)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    if token:
        monkeypatch.setenv("AWS_SESSION_TOKEN", token)
    ours = storage.download_url(name, seconds)
    expected = theirs(name, seconds).replace(
        "https://laurels-bucket.s3.amazonaws.com/", "https://laurels-bucket.s3.eu-west-1.amazonaws.com/"
    )
    assert (ours.partition("?")[0], sorted(ours.partition("?")[2].split("&"))) == (
        expected.partition("?")[0],
        sorted(expected.partition("?")[2].split("&")),
    )
