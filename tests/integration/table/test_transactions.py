"""Transactions write all items or none, and report the reason for each item."""

from typing import Any

import pytest

from laurels import table
from laurels.keys import Key
from laurels.table import Cancelled, Reason
from laurels.writes import ABSENT, PRESENT, Check, Delete, Put, Update, Write
from tests.dynamodb_local.server import needed
from tests.integration.recorder import Recorder
from tests.integration.table.mistakes import mistake


def key(sk: str) -> Key:
    return Key("USER#1", sk)


def item(sk: str, **more: Any) -> dict[str, Any]:
    return {**key(sk)._asdict(), **more}


def everything() -> list[dict[str, Any]]:
    return list(table.query_all(key("")))


def test_all_kinds_of_change_happen_together() -> None:
    table.write(Put(item("A", n=1)), Put(item("B", n=1)), Put(item("C", n=1)))
    table.write(
        Put(item("D", n=1), ABSENT),
        Update(key("A"), set={"m": 2}, add={"n": 1}, when={"n": 1}),
        Delete(key("B"), PRESENT),
        Check(key("C"), {"n": 1, "m": None}),
    )
    assert everything() == [item("A", n=2, m=2), item("C", n=1), item("D", n=1)]


def test_they_may_lie_in_different_partitions() -> None:
    table.write(Put({"PK": "USER#1", "SK": "PROFILE"}), Put({"PK": "STANDING#07", "SK": "USER#1"}))
    assert table.get(Key("USER#1", "PROFILE"))
    assert table.get(Key("STANDING#07", "USER#1"))


@pytest.mark.parametrize("failing", range(4))
def test_none_happens_if_one_condition_fails(failing: int) -> None:
    table.write(Put(item("A", n=1)), Put(item("B", n=1)), Put(item("C", n=1)))
    before = everything()
    never = {"n": 99}
    changes: list[Write] = [
        Put(item("D"), never if failing == 0 else ABSENT),
        Update(key("A"), add={"n": 1}, when=never if failing == 1 else PRESENT),
        Delete(key("B"), never if failing == 2 else PRESENT),
        Check(key("C"), never if failing == 3 else PRESENT),
    ]
    with pytest.raises(Cancelled) as failure:
        table.write(*changes)
    assert [failure.value.failed(index) for index in range(4)] == [index == failing for index in range(4)]
    assert failure.value.status == 409
    assert everything() == before


def test_reasons_are_in_the_order_of_the_writes_with_the_stored_items() -> None:
    table.write(Put(item("A", n=1, deep={"a": [None, True, b"x"]})), Put(item("C", n=3)))
    with pytest.raises(Cancelled) as failure:
        table.write(
            Put(item("A"), ABSENT),
            Put(item("B"), ABSENT),
            Update(key("C"), add={"n": 1}, when={"n": 4}),
            Check(key("D"), PRESENT),
        )
    assert failure.value.reasons == [
        Reason("ConditionalCheckFailed", item("A", n=1, deep={"a": [None, True, b"x"]})),
        Reason("None", None),
        Reason("ConditionalCheckFailed", item("C", n=3)),
        Reason("ConditionalCheckFailed", None),
    ]
    assert [failure.value.failed(index) for index in range(4)] == [True, False, True, True]


def test_an_update_in_a_transaction_makes_the_item_if_it_is_absent() -> None:
    table.write(Update(key("A"), add={"n": 1}), Update(key("B"), set={"a": "b"}))
    assert everything() == [item("A", n=1), item("B", a="b")]


def test_a_hundred_changes_are_one_transaction(calls: Recorder) -> None:
    table.write(*(Put(item(f"{number:03d}"), ABSENT) for number in range(100)))
    assert len(everything()) == 100
    assert calls.operations().count("transact_write_items") == 1


def test_a_hundred_and_one_are_refused_and_nothing_is_written() -> None:
    with mistake("length less than or equal to 100"):
        table.write(*(Put(item(f"{number:03d}")) for number in range(101)))
    assert everything() == []


@pytest.mark.parametrize(
    "second", [Put(item("A")), Update(key("A"), set={"a": 1}), Delete(key("A")), Check(key("A"), ABSENT)]
)
def test_two_changes_of_one_item_are_a_mistake(second: Write) -> None:
    with pytest.raises(ValueError, match="only once"):
        table.write(Put(item("A")), Put(item("B")), second)
    assert everything() == []


def test_a_mistake_in_one_change_is_a_mistake_and_nothing_is_written() -> None:
    with mistake("Validation"):
        table.write(Put(item("A")), Put(item("")))
    assert everything() == []


@needed
def test_a_transaction_of_more_than_four_megabytes_is_a_mistake() -> None:
    with mistake("Validation"):
        table.write(*(Put(item(f"{number:03d}", text="x" * 390_000)) for number in range(11)))
    assert everything() == []


def test_each_write_of_a_transaction_costs_twice(calls: Recorder) -> None:
    table.write(Put(item("A")), Put(item("B")))
    assert calls.write_units() == 4.0
