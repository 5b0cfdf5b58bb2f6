"""Single writes: the effect of each operation, and its condition."""

from collections.abc import Callable
from typing import Any

import pytest

from laurels import table
from laurels.keys import Key
from laurels.table import Cancelled, ConditionFailed
from laurels.writes import ABSENT, PRESENT, Check, Delete, Item, Put, Update, When, Write
from tests.dynamodb_local.server import needed
from tests.integration.recorder import Recorder
from tests.integration.table.mistakes import mistake

KEY = Key("USER#1", "PROFILE")
KEYS = KEY._asdict()

# What stands there (None: nothing), the condition, whether it holds.
CONDITIONS: list[Any] = [
    (None, ABSENT, True),
    (None, PRESENT, False),
    (None, {"v": 1}, False),
    (None, {"v": None}, True),
    ({"v": 1}, ABSENT, False),
    ({"v": 1}, PRESENT, True),
    ({"v": 1}, {"v": 1}, True),
    ({"v": 1}, {"v": 1.0}, True),
    ({"v": 1}, {"v": 2}, False),
    ({"v": 1}, {"v": "1"}, False),
    pytest.param({"v": True}, {"v": 1}, False, marks=needed),
    ({"v": 1}, {"v": None}, False),
    ({"v": 1}, {"w": None}, True),
    ({"v": None}, {"v": None}, False),  # a stored None is an attribute
    ({"v": 1, "w": "a"}, {"v": 1, "w": "a"}, True),
    ({"v": 1, "w": "a"}, {"v": 1, "w": "b"}, False),
    ({"v": 1, "w": "a"}, {"v": 1, "x": None}, True),
    ({"v": [1, {"a": ["b"]}]}, {"v": [1, {"a": ["b"]}]}, True),
    ({"v": [1, {"a": ["b"]}]}, {"v": [{"a": ["b"]}, 1]}, False),
    ({"2026-W47": 1, "status": "a.b"}, {"2026-W47": 1, "status": "a.b", "size": None}, True),
]


def putting(when: When) -> Write:
    return Put({**KEYS, "new": 1}, when)


def updating(when: When) -> Write:
    return Update(KEY, set={"new": 1}, when=when)


def deleting(when: When) -> Write:
    return Delete(KEY, when)


def checking(when: When) -> Write:
    return Check(KEY, when)


def outcome(change: Write, before: Item | None) -> Item | None:
    match change:
        case Put():
            return {**KEYS, "new": 1}
        case Update():
            return {**KEYS, **(before or {}), "new": 1}
        case Delete():
            return None
    return before


@pytest.mark.parametrize("make", [putting, updating, deleting])
@pytest.mark.parametrize(("standing", "when", "holds"), [(None, {}, True), ({"v": 1}, {}, True), *CONDITIONS])
def test_a_change_happens_only_if_its_condition_holds(
    make: Callable[[When], Write], standing: Item | None, when: When, holds: bool
) -> None:
    before = stand(standing)
    if holds:
        table.write(make(when))
        assert table.get(KEY, consistent=True) == outcome(make(when), before)
    else:
        with pytest.raises(ConditionFailed) as failure:
            table.write(make(when))
        assert failure.value.item == before
        assert table.get(KEY, consistent=True) == before


@pytest.mark.parametrize("make", [putting, updating, deleting, checking])
@pytest.mark.parametrize(("standing", "when", "holds"), CONDITIONS)
def test_in_a_transaction_all_happens_only_if_the_condition_holds(
    make: Callable[[When], Write], standing: Item | None, when: When, holds: bool
) -> None:
    before = stand(standing)
    other = {"PK": "USER#1", "SK": "OTHER"}
    if holds:
        table.write(make(when), Put(other))
        assert table.get(KEY, consistent=True) == outcome(make(when), before)
    else:
        with pytest.raises(Cancelled) as failure:
            table.write(make(when), Put(other))
        assert failure.value.reasons[0].item == before
        assert table.get(KEY, consistent=True) == before
    assert (table.get(Key("USER#1", "OTHER"), consistent=True) is not None) == holds


def stand(attributes: Item | None) -> Item | None:
    """Puts the item there, and returns it whole."""
    if attributes is None:
        return None
    item = {**KEYS, **attributes}
    table.write(Put(item))
    return item


def test_put_replaces_the_whole_item() -> None:
    table.write(Put({**KEYS, "a": 1, "b": 2}))
    table.write(Put({**KEYS, "b": 3}))
    assert table.get(KEY) == {**KEYS, "b": 3}


def test_an_update_sets_adds_and_removes_in_one_and_returns_the_new_item() -> None:
    table.write(Put({**KEYS, "a": 1, "count": 5, "gone": "x", "also": "y", "kept": "z"}))
    new = {**KEYS, "a": [2], "b": {"c": 3}, "count": 3, "fresh": 1, "kept": "z"}
    change = Update(KEY, set={"a": [2], "b": {"c": 3}}, add={"count": -2, "fresh": 1}, remove=["gone", "also", "never"])
    assert table.update(change) == new
    assert table.get(KEY) == new


def test_an_update_makes_the_item_if_it_is_absent() -> None:
    assert table.update(Update(KEY, add={"count": 1})) == {**KEYS, "count": 1}
    assert table.get(KEY) == {**KEYS, "count": 1}


def test_an_update_leaves_the_rest_of_the_item_alone() -> None:
    table.write(Put({**KEYS, "a": 1, "b": {"c": [1, 2]}}))
    assert table.update(Update(KEY, remove=["a"])) == {**KEYS, "b": {"c": [1, 2]}}


def test_deleting_a_missing_object_is_no_error() -> None:
    table.write(Delete(KEY))
    assert table.get(KEY) is None


def test_a_condition_may_be_on_the_attributes_that_change() -> None:
    table.write(Put({**KEYS, "version": 1, "draft": "x"}))
    when = {"version": 1, "draft": "x", "final": None}
    new = table.update(Update(KEY, set={"final": "y"}, add={"version": 1}, remove=["draft"], when=when))
    assert new == {**KEYS, "version": 2, "final": "y"}


# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html and what an expression cannot hold
AWKWARD = [
    "status",
    "name",
    "size",
    "date",
    "user",
    "hash",
    "count",
    "2026-W47",
    "a.b",
    "a[0]",
    "#a",
    ":v0",
    "ключ",
    " ",
]


@pytest.mark.parametrize("name", AWKWARD)
def test_reserved_words_and_awkward_names_are_names_like_any_other(name: str) -> None:
    assert table.update(Update(KEY, set={name: 1}, when={name: None})) == {**KEYS, name: 1}
    assert table.update(Update(KEY, add={name: 1}, when={name: 1})) == {**KEYS, name: 2}
    assert table.update(Update(KEY, remove=[name], when={name: 2})) == KEYS


def test_a_failed_condition_has_the_stored_item() -> None:
    standing = {**KEYS, "version": 7, "nested": {"a": [1, None, True, b"x"]}}
    table.write(Put(standing))
    with pytest.raises(ConditionFailed) as failure:
        table.write(Update(KEY, set={"a": 1}, when={"version": 6}))
    assert failure.value.item == standing
    assert failure.value.status == 409


def test_a_failed_condition_on_nothing_carries_none() -> None:
    with pytest.raises(ConditionFailed) as failure:
        table.write(Delete(KEY, PRESENT))
    assert failure.value.item is None


@needed
@pytest.mark.parametrize(
    "change",
    [
        Put({"PK": "USER#1", "SK": ""}),
        Put({"PK": "USER#1"}),
        Put({"PK": "USER#1", "SK": 1}),
        Put({**KEYS, "text": "x" * 410_000}),
        Update(Key("", "PROFILE"), set={"a": 1}),
        Update(KEY),
        Update(KEY, set={"a": 1}, add={"a": 1}),
        Update(KEY, set={"SK": "OTHER"}),
        Update(KEY, set={"": 1}),
        Delete(Key("USER#1", "")),
    ],
    ids=lambda change: repr(change)[:60],
)
def test_a_mistake_of_ours_is_neither_a_conflict_nor_a_passing_failure(change: Write) -> None:
    with mistake("Validation"):
        table.write(change)
    assert table.get(KEY) is None


def test_adding_to_a_non_number_is_an_error() -> None:
    table.write(Put({**KEYS, "count": "one"}))
    with mistake("Validation"):
        table.write(Update(KEY, add={"count": 1}))


def test_a_missing_table_is_not_retryable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TABLE_NAME", "no-such-table")
    with mistake("ResourceNotFound"):
        table.write(Put(KEYS))


@needed
def test_an_item_of_up_to_one_kilobyte_costs_one_write_unit(calls: Recorder) -> None:
    size = len("PKUSER#1SKPROFILEtext")
    table.write(Put({**KEYS, "text": "x" * (1024 - size)}))
    assert calls.write_units() == 1.0
    table.write(Put({**KEYS, "text": "x" * (1025 - size)}))
    assert calls.write_units() == 1.0 + 2.0
