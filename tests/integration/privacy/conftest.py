"""The work of erasures and exports needs the table, queues and the bucket."""

from typing import Any

import pytest

from tests.integration.conftest import Queues
from tests.integration.privacy.erasing_and_exporting import World


@pytest.fixture(autouse=True)
def world(
    dynamodb_client: Any, table: str, s3: Any, bucket: str, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> World:
    """All services that a user's data is in, and the settings that they need."""
    for name, value in {"MAX_ACTIVE_SESSIONS": "5", "SESSION_DAYS": "30", "MAX_FREEZES": "2"}.items():
        monkeypatch.setenv(name, value)
    return World(dynamodb_client, table, s3, bucket, queues)
