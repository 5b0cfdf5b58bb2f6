"""A clock set to a Friday evening, which tests can change."""

from datetime import UTC, datetime, timedelta

import pytest

from laurels import clock


class Calendar:
    """The time that `clock.now` returns."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 18, 22, 5, tzinfo=UTC)

    def passes(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> Calendar:
    calendar = Calendar()
    monkeypatch.setattr(clock, "now", lambda: calendar.now)
    return calendar
