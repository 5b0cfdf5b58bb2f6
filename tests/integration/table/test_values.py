"""Every kind of value is read from DynamoDB as it was written."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from laurels import table
from laurels.keys import Key
from laurels.writes import Put
from tests.dynamodb_local.server import needed
from tests.integration.table.mistakes import mistake

KEY = Key("USER#1", "VALUES")
# DynamoDB's numbers: 38 digits, 1E-130 to 9.99…E+125 in magnitude.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
INTEGERS = st.integers(min_value=-(10**38) + 1, max_value=10**38 - 1)
FLOATS = st.floats(min_value=-1e125, max_value=1e125, allow_subnormal=False).filter(lambda x: x == 0 or abs(x) > 1e-130)
TEXT = st.text(st.characters(codec="utf-8"), max_size=50)
SCALARS = TEXT | st.binary(max_size=50) | st.booleans() | st.none() | INTEGERS
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=20)


def stored(value: Any) -> Any:
    table.write(Put({**KEY._asdict(), "value": value}))
    item = table.get(KEY, consistent=True)
    assert item is not None
    return item["value"]


@given(VALUES)
@example([10**38 - 1, -(10**38) + 1, 0, 10**37])
@example(["", "\0", "a\0b", "👩‍🚀", "مرحبا", "שלום", "Ёжик", "e\u0301", "\u202e", "\uffff", "\U0010ffff"])
@example({"a": {"b": {"c": [[], {}, "", b"", None]}}})
@example([True, 1, False, 0, b"\x00\xff"])
@settings(max_examples=60)
def test_a_written_item_is_read(value: Any) -> None:
    read = stored(value)
    assert read == value
    assert repr(read) == repr(value) or isinstance(value, dict | list)  # True is not 1


@needed
@given(FLOATS)
@example(0.1)
@example(4.6)
@example(-0.0)
@example(1.7976931348623157e125)
@settings(max_examples=40)
def test_floats_are_exact_and_whole_numbers_are_read_as_int(value: float) -> None:
    read = stored(value)
    assert float(read) == value
    assert isinstance(read, int if value.is_integer() else float)


def test_booleans_and_numbers_stay_apart_at_any_depth() -> None:
    assert repr(stored([True, 1, {"a": [False, 0]}])) == "[True, 1, {'a': [False, 0]}]"


def test_names_may_be_any_text() -> None:
    item = {**KEY._asdict(), **dict.fromkeys(("a.b", "#a", ":v", "2026-W47", "ключ", " ", "status", "n" * 255), 1)}
    table.write(Put(item))
    assert table.get(KEY) == item


@needed
@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**38 + 1, 1e126, {"": 1}])
def test_a_request_that_dynamodb_refuses_is_not_retryable(value: Any) -> None:
    with mistake("Validation"):
        stored(value)
