"""A clock that a test can move."""

import pytest

from laurels import clock
from tests.integration.sessions.signing import Clock


@pytest.fixture
def moving(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moving = Clock()
    monkeypatch.setattr(clock, "now", lambda: moving.moment)
    return moving
