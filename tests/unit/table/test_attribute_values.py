"""Conversion between Python values and DynamoDB attribute values."""

from collections import OrderedDict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laurels.attribute_values import pack, pack_item, unpack, unpack_item


@pytest.mark.parametrize(
    ("value", "packed"),
    [
        ("", {"S": ""}),
        ("ёж", {"S": "ёж"}),
        (0, {"N": "0"}),
        (-7, {"N": "-7"}),
        (10**38 - 1, {"N": "9" * 38}),
        (0.1, {"N": "0.1"}),
        (1e-7, {"N": "1e-07"}),
        (True, {"BOOL": True}),
        (False, {"BOOL": False}),
        (None, {"NULL": True}),
        (b"", {"B": ""}),
        (b"\x00\xff", {"B": "AP8="}),  # the JSON protocol uses base64
        ([], {"L": []}),
        ({}, {"M": {}}),
        ([1, [True, None]], {"L": [{"N": "1"}, {"L": [{"BOOL": True}, {"NULL": True}]}]}),
        ({"a": {"b": "c"}}, {"M": {"a": {"M": {"b": {"S": "c"}}}}}),
    ],
)
def test_each_type_is_packed_and_unpacked(value: Any, packed: dict[str, Any]) -> None:
    assert pack(value) == packed
    assert unpack(packed) == value
    assert type(unpack(packed)) is type(value)


def test_any_mapping_becomes_a_map_and_a_tuple_becomes_a_list() -> None:
    assert pack(OrderedDict(a=(1, 2))) == {"M": {"a": {"L": [{"N": "1"}, {"N": "2"}]}}}


@pytest.mark.parametrize("value", [{1, 2}, object(), 1j, bytearray(b"a")])
def test_an_unsupported_python_type_is_refused_and_named(value: Any) -> None:
    with pytest.raises(TypeError, match=type(value).__name__):
        pack({"list": [value]})


def test_an_unsupported_attribute_type_is_refused_and_named() -> None:
    with pytest.raises(TypeError, match="SS"):
        unpack({"SS": ["a"]})


@pytest.mark.parametrize(
    ("number", "value"), [("5", 5), ("-5", -5), ("0.5", 0.5), ("-0.5", -0.5), ("1E-130", 1e-130), ("4.60", 4.6)]
)
def test_a_number_without_a_fraction_is_an_int_and_any_other_a_float(number: str, value: float) -> None:
    assert unpack({"N": number}) == value
    assert type(unpack({"N": number})) is type(value)


NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.text() | st.binary() | st.booleans() | st.none() | NUMBERS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


@given(st.dictionaries(st.text(), VALUES, max_size=5))
@settings(max_examples=60)
def test_a_packed_item_unpacks_to_the_same_item(item: dict[str, Any]) -> None:
    assert unpack_item(pack_item(item)) == item


@given(VALUES)
@settings(max_examples=60)
def test_booleans_never_turn_into_numbers(value: Any) -> None:
    assert repr(unpack(pack([value, True, 1, False, 0]))[1:]) == "[True, 1, False, 0]"
