"""Boards as files: every place comes back, from any part that begins and ends with a record."""

from hypothesis import given
from hypothesis import strategies as st

from laurels.leaderboards import files
from laurels.leaderboards.rules import Contender, Place
from tests.unit.standings.strategies import counts, times, user_ids

contenders = st.builds(Contender, user_ids, counts, times, st.booleans())
places = st.lists(st.builds(Place, counts, contenders), max_size=30)


@given(places)
def test_places_come_back_as_they_were(places: list[Place]) -> None:
    width, raw = files.encode(places)
    assert len(raw) == width * len(places)
    assert files.decode(raw, width) == places


@given(places, st.data())
def test_a_page_is_a_range_of_bytes(places: list[Place], data: st.DataObject) -> None:
    width, raw = files.encode(places)
    start = data.draw(st.integers(0, len(places)))
    end = data.draw(st.integers(start, len(places)))
    assert files.decode(raw[start * width : end * width], width) == places[start:end]


def test_the_width_is_that_of_the_longest_id() -> None:
    short, long = (Place(1, Contender(user_id, 1, 1, False)) for user_id in ("7", "x" * 128))
    assert files.encode([short])[0] == files.encode([long])[0] - 127
    assert files.encode([short, long])[0] == files.encode([long])[0]


def test_a_board_of_nobody_is_empty() -> None:
    width, raw = files.encode([])
    assert raw == b""
    assert files.decode(raw, width) == []
