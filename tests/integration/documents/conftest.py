"""Time that tests let pass."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from laurels import clock


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that lets some seconds pass."""
    now = [clock.now()]
    monkeypatch.setattr(clock, "now", lambda: now[0])

    def pass_by(seconds: float) -> datetime:
        now[0] += timedelta(seconds=seconds)
        return now[0]

    return pass_by
