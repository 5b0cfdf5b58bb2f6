"""An erasure puts messages on a queue."""

import pytest


@pytest.fixture(autouse=True)
def _queues(queues: object) -> None:
    """Create the queues for each test of this folder."""
