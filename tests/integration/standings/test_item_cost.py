"""What DynamoDB itself charges for a standing."""

from laurels import keys, table
from laurels.standings import service as standings
from laurels.standings.codec import encode
from laurels.writes import Put
from tests.integration.recorder import Recorder
from tests.unit.standings.strategies import fullest


def test_writing_the_fullest_standing_is_one_unit_and_reading_it_half_a_unit(calls: Recorder) -> None:
    standing = fullest()
    table.write(Put(encode(standing)))
    assert calls.write_units() == 1.0
    found = standings.get(standing.user_id)
    assert calls.read_units() == 0.5
    standing.revision += 1
    assert found == standing


def test_changing_the_fullest_standing_is_one_unit_more(calls: Recorder) -> None:
    table.write(Put(encode(fullest())))
    table.write(standings.put(standings.get(fullest().user_id)))
    assert calls.write_units() == 2.0


def test_many_standings_are_read_by_one_request_at_an_eighth_of_a_unit_each(calls: Recorder) -> None:
    """A Query gives 1 MB: a million users with all fields full are a thousand requests and 125,000 units."""
    count = 40
    for number in range(count):
        item = encode(fullest()) | keys.standing_shard(7, f"{number:0128d}")._asdict()
        table.write(Put(item))
    before = len(calls.made)
    assert sum(1 for _ in standings.shard(7)) == count
    (query,) = calls.made[before:]
    assert query.operation == "query"
    assert query.units <= count * 0.125 + 0.5
