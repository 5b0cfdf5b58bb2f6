"""EventBridge as a stand-in that records what it takes."""

import pytest

from laurels import bus
from laurels.aws import client
from tests.bridge import Bridge
from tests.integration.conftest import Queues


@pytest.fixture
def bridge(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> Bridge:
    """Replace EventBridge; dead letters go to the queues of the template."""
    made = Bridge(client.call)
    monkeypatch.setattr(client, "call", made.call)
    monkeypatch.setattr(bus, "_FIRST_WAIT", 0.0)
    return made
