"""Reading through the door: Get, BatchGet, Query."""

from typing import Any

import pytest

from laurels import table
from laurels.keys import Key
from laurels.writes import Delete, Put
from tests.dynamodb_local.server import needed
from tests.integration.recorder import Recorder
from tests.integration.table.mistakes import mistake


def put(*items: dict[str, Any]) -> None:
    for start in range(0, len(items), 100):
        table.write(*map(Put, items[start : start + 100]))


def goals(count: int, **more: Any) -> list[dict[str, Any]]:
    items = [{"PK": "USER#1", "SK": f"GOAL#{number:03d}", **more} for number in range(count)]
    put(*items)
    return items


def names(page: table.Page) -> list[str]:
    return [item["SK"] for item in page.items]


def test_a_key_without_an_item_gives_none() -> None:
    assert table.get(Key("USER#1", "PROFILE")) is None


def test_both_parts_of_the_key_count() -> None:
    put({"PK": "USER#1", "SK": "PROFILE", "name": "Анна"})
    assert table.get(Key("USER#1", "PROFILE")) == {"PK": "USER#1", "SK": "PROFILE", "name": "Анна"}
    assert table.get(Key("USER#1", "profile")) is None
    assert table.get(Key("USER#2", "PROFILE")) is None


@needed
@pytest.mark.parametrize(("consistent", "units"), [(True, 1.0), (False, 0.5)])
def test_a_consistent_get_costs_twice(calls: Recorder, consistent: bool, units: float) -> None:
    put({"PK": "USER#1", "SK": "PROFILE"})
    assert table.get(Key("USER#1", "PROFILE"), consistent=consistent)
    assert calls.read_units() == units


@pytest.mark.parametrize("key", [Key("USER#1", ""), Key("", "PROFILE")])
def test_an_empty_key_is_a_mistake_and_not_a_passing_failure(key: Key) -> None:
    with mistake("Validation"):
        table.get(key)


def test_get_many_keeps_the_order_and_has_none_for_the_missing() -> None:
    items = goals(3)
    keys = [Key("USER#1", f"GOAL#{number:03d}") for number in (2, 9, 0, 1)]
    assert table.get_many(keys) == [items[2], None, items[0], items[1]]


def test_get_many_of_nothing_asks_nothing(calls: Recorder) -> None:
    assert table.get_many([]) == []
    assert calls.made == []


def test_get_many_reads_more_than_a_hundred_keys(calls: Recorder) -> None:
    items = goals(230)
    keys = [Key("USER#1", f"GOAL#{number:03d}") for number in reversed(range(230))]
    before = len(calls.made)
    assert table.get_many(keys) == items[::-1]
    assert len(calls.made) - before == 3


def test_get_many_requests_unprocessed_keys_again(calls: Recorder) -> None:
    """An answer holds 16 MB; the rest comes back as unprocessed keys."""
    items = [{"PK": "USER#1", "SK": f"DOCUMENT#{number:03d}", "text": "x" * 380_000} for number in range(46)]
    for start in range(0, len(items), 10):  # a transaction holds 4 MB
        put(*items[start : start + 10])
    before = len(calls.made)
    assert table.get_many([Key("USER#1", item["SK"]) for item in items]) == items
    assert len(calls.made) - before == 2


@needed
def test_a_consistent_get_many_costs_twice(calls: Recorder) -> None:
    goals(2)
    keys = [Key("USER#1", "GOAL#000"), Key("USER#1", "GOAL#001")]
    table.get_many(keys)
    assert calls.read_units() == 1.0
    table.get_many(keys, consistent=True)
    assert calls.read_units() == 1.0 + 2.0


def test_query_takes_the_items_of_one_prefix_in_the_order_of_their_keys() -> None:
    put(*({"PK": "USER#1", "SK": sk} for sk in ("GOAL#b", "GOAL#a", "GOAL#", "GOALS", "AWARD#a", "PROFILE")))
    put({"PK": "USER#2", "SK": "GOAL#c"}, {"PK": "USER#10", "SK": "GOAL#d"})
    page = table.query(Key("USER#1", "GOAL#"))
    assert names(page) == ["GOAL#", "GOAL#a", "GOAL#b"]
    assert page.last is None


def test_query_orders_by_bytes() -> None:
    keys = ["GOAL#😀", "GOAL#я", "GOAL#a", "GOAL#B", "GOAL#10", "GOAL#9", "GOAL#\uffff"]
    put(*({"PK": "USER#1", "SK": sk} for sk in keys))
    assert names(table.query(Key("USER#1", "GOAL#"))) == sorted(keys, key=str.encode)


def test_query_backward_begins_at_the_end() -> None:
    items = goals(5)
    assert table.query(Key("USER#1", "GOAL#"), forward=False).items == items[::-1]
    assert names(table.query(Key("USER#1", "GOAL#"), forward=False, limit=2)) == ["GOAL#004", "GOAL#003"]


def test_query_of_an_empty_prefix_takes_the_whole_partition() -> None:
    put(*({"PK": "USER#1", "SK": sk} for sk in ("AWARD#a", "GOAL#a", "PROFILE")), {"PK": "USER#2", "SK": "PROFILE"})
    assert names(table.query(Key("USER#1", ""))) == ["AWARD#a", "GOAL#a", "PROFILE"]


def test_query_of_nothing_is_an_empty_page() -> None:
    assert table.query(Key("USER#1", "GOAL#")) == table.Page([], None)


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("limit", [1, 2, 3, 5, 7])
def test_pages_hold_every_item_once_and_in_order(limit: int, forward: bool) -> None:
    items = goals(7)
    put({"PK": "USER#1", "SK": "PROFILE"}, {"PK": "USER#1", "SK": "AWARD#a"})
    seen: list[dict[str, Any]] = []
    after = None
    while True:
        page = table.query(Key("USER#1", "GOAL#"), limit=limit, after=after, forward=forward)
        assert len(page.items) <= limit
        seen += page.items
        if page.last is None:
            break
        after = page.last
    assert seen == (items if forward else items[::-1])


@pytest.mark.parametrize(("forward", "expected"), [(True, ["GOAL#003"]), (False, ["GOAL#001", "GOAL#000"])])
def test_a_page_continues_after_a_deleted_item(forward: bool, expected: list[str]) -> None:
    goals(4)
    table.write(Delete(Key("USER#1", "GOAL#002")))
    assert names(table.query(Key("USER#1", "GOAL#"), after="GOAL#002", forward=forward)) == expected


@needed
def test_going_on_after_a_key_outside_the_prefix_is_a_mistake() -> None:
    goals(2)
    with mistake("Validation"):
        table.query(Key("USER#1", "GOAL#"), after="PROFILE")


@needed
@pytest.mark.parametrize(("consistent", "units"), [(True, 1.0), (False, 0.5)])
def test_a_consistent_query_costs_twice(calls: Recorder, consistent: bool, units: float) -> None:
    goals(3)
    assert len(table.query(Key("USER#1", "GOAL#"), consistent=consistent).items) == 3
    assert calls.read_units() == units


@needed
def test_query_all_continues_after_one_megabyte(calls: Recorder) -> None:
    items = goals(7, text="x" * 380_000)
    assert list(table.query_all(Key("USER#1", "GOAL#"))) == items
    assert calls.operations().count("query") == 3


@pytest.mark.parametrize("forward", [True, False])
def test_select_reads_in_either_direction(forward: bool) -> None:
    wanted = [item for item in goals(23) if int(item["SK"][-3:]) % 3 == 0]
    seen: list[dict[str, Any]] = []
    after = None
    while True:
        page = table.select(Key("USER#1", "GOAL#"), wanted.__contains__, limit=3, after=after, forward=forward)
        seen += page.items
        if page.last is None:
            break
        after = page.last
    assert seen == (wanted if forward else wanted[::-1])
