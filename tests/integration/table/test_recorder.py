"""The recorder counts requests and injects faults correctly; other tests rely on it."""

import pytest

from laurels import table
from laurels.keys import Key
from laurels.table import Throttled, UnknownOutcome
from laurels.writes import Put, Update
from tests.dynamodb_local.server import needed
from tests.integration.recorder import Recorder, item_size

KEY = Key("USER#1", "PROFILE")
ITEM = {**KEY._asdict(), "count": 1}


@needed
def test_calls_are_kept_in_their_order_with_their_requests_and_units(calls: Recorder) -> None:
    table.write(Put({**ITEM, "text": "x" * 5000}))
    table.get(KEY, consistent=True)
    table.query(KEY)
    others = [Update(Key("USER#1", f"OTHER{number}"), add={"count": 1}) for number in range(3)]
    table.write(Put(ITEM), *others)
    assert [(call.operation, call.units) for call in calls.made] == [
        ("put_item", 5.0),
        ("get_item", 2.0),
        ("query", 1.0),
        ("transact_write_items", 2 * (5.0 + 3.0)),  # by the larger of the old item and the new
    ]
    assert calls.made[1].request["Key"] == {"PK": {"S": "USER#1"}, "SK": {"S": "PROFILE"}}
    assert calls.read_units() == 3.0
    assert calls.write_units() == 21.0


def test_an_injected_failure_before_a_write_writes_nothing(calls: Recorder) -> None:
    calls.fail("put_item", Throttled(), times=2)
    for _ in range(2):
        with pytest.raises(Throttled):
            table.write(Put(ITEM))
    assert table.get(KEY) is None
    table.write(Put(ITEM))
    assert table.get(KEY) == ITEM


def test_a_failure_after_has_written(calls: Recorder) -> None:
    calls.fail("update_item", UnknownOutcome(), after=True)
    with pytest.raises(UnknownOutcome):
        table.write(Update(KEY, add={"count": 1}))
    assert table.get(KEY) == ITEM
    assert table.update(Update(KEY, add={"count": 1})) == {**ITEM, "count": 2}


def test_a_failure_of_one_operation_leaves_the_others_alone(calls: Recorder) -> None:
    calls.fail("put_item", Throttled())
    assert table.update(Update(KEY, add={"count": 1})) == ITEM


def test_something_else_may_happen_just_before_a_call(calls: Recorder) -> None:
    calls.meanwhile("update_item", lambda: table.write(Put({**ITEM, "count": 5})))
    assert table.update(Update(KEY, add={"count": 1})) == {**ITEM, "count": 6}
    assert calls.operations() == ["put_item", "update_item"]


VALUES = ["ёж👩‍🚀", b"\0\1", True, None, 0, 7, -7, 1234567, -12345678, 10**37, 4.6, 0.001, 100.5, 1001.5, 1000]
VALUES += [[], [1, ["a", None]], {"ключ": {"b": 1}}]


@needed
@pytest.mark.parametrize("value", VALUES)
def test_an_item_of_1024_bytes_as_we_count_costs_one_unit_and_one_more_byte_two(calls: Recorder, value: object) -> None:
    room = 1024 - item_size({**ITEM, "value": value, "text": ""})
    table.write(Put({**ITEM, "value": value, "text": "x" * room}))
    table.write(Put({**ITEM, "value": value, "text": "x" * (room + 1)}))
    assert [call.units for call in calls.made] == [1.0, 2.0]
