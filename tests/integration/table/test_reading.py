"""Reading through the door: Get, BatchGet, Query."""

from laurels import table
from laurels.keys import Key


def test_a_key_without_an_item_gives_none() -> None:
    assert table.get(Key("USER#1", "PROFILE")) is None
