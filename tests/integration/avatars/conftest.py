"""The environment of the functions of avatars."""

import pytest

from tests.integration.avatars.uploading import Bucket


@pytest.fixture
def objects(bucket: str, moto_server: str, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """An empty bucket."""
    monkeypatch.setenv("AVATARS_URL", "https://pictures.example.org")
    return Bucket(moto_server, bucket)
