"""The environment that cursors need."""

import pytest

from laurels.aws import client
from tests.secret_store import SecretStore


@pytest.fixture
def store() -> SecretStore:
    """The secret that cursors are signed with."""
    return SecretStore("a secret of the tests")


@pytest.fixture(autouse=True)
def _settings(store: SecretStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "call", store.call)
    monkeypatch.setenv("CURSOR_SECRET_ARN", store.arn)
