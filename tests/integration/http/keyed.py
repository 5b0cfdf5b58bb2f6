"""Creates with an `Idempotency-Key`."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from laurels import clock
from tests.events import ADMIN, Answer
from tests.integration.achievements.catalogue import create, draft

OTHER_ADMIN = {"sub": "another-admin", "roles": "admin"}


def keyed(body: Any = None, key: str = "key-1", caller: dict[str, str] = ADMIN) -> Answer:
    return create(body or draft(), caller, idempotency_key=key)


def later(monkeypatch: pytest.MonkeyPatch, **by: float) -> None:
    """Moves the clock on."""
    moment: datetime = clock.now() + timedelta(**by)
    monkeypatch.setattr(clock, "now", lambda: moment)
