"""The size of values as DynamoDB counts them, compared with the tests' own reckoning."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from laurels.attribute_values import size
from tests.integration.recorder import item_size

TEXTS = st.text(st.characters(codec="utf-8"), max_size=50)
SCALARS = TEXTS | st.binary(max_size=50) | st.booleans() | st.none()
NUMBERS = st.integers(-(10**38), 10**38) | st.floats(-1e125, 1e125, allow_subnormal=False)


def nested(scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=20)


@given(nested(SCALARS))
def test_values_without_numbers_are_counted_exactly(value: Any) -> None:
    assert size(value) == item_size({"": value})


@given(nested(SCALARS | NUMBERS))
def test_no_value_is_counted_as_smaller_than_it_is(value: Any) -> None:
    assert size(value) >= item_size({"": value})
