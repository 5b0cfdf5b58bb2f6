"""Stat updates that meet criteria, as the queue delivers them."""

from datetime import timedelta
from uuid import uuid4

from tests.integration.stats.deliveries import deliver, records, update


def count(user_id: str = "anna", ago: timedelta = timedelta(), grade: float | None = None, **increments: int) -> None:
    """Deliver one message with these increments, and assert that it is applied."""
    values = {} if grade is None else {"values": {"average_grade": grade}}
    message = update(uuid4().hex, user_id, ago=ago, increments=increments, **values)
    assert deliver(records([message])) == []
