"""Standings as items: encoding and decoding lose nothing, and an item costs one write unit, or two with own metrics."""

from decimal import Decimal
from hashlib import blake2b
from itertools import zip_longest
from typing import Any

import pytest
from hypothesis import given

from laurels.attribute_values import pack_item, unpack_item
from laurels.metrics.rules import MAX_ACTIVE
from laurels.standings.codec import decode, encode
from laurels.standings.models import Counter, Freezes, OwnNumber, Standing
from laurels.standings.rules import MAX_COUNT, remember
from tests.unit.standings.strategies import MAX_TIME, fullest, fullest_own, standings

WRITE_UNIT = 1024
FIRST_COUNTERS = (
    Counter.TOTAL_COURSES,
    Counter.COMPLETED_COURSES,
    Counter.ACTIVE_COURSES,
    Counter.HOMEWORKS_COMPLETED,
    Counter.TESTS_PASSED,
)


def item_bytes(item: dict[str, Any]) -> int:
    """The size that DynamoDB charges for: names and values, by type.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Any) -> int:
    match value:
        case str():
            return len(value.encode())
        case bytes():
            return len(value)
        case int() | float():
            return 1 + _pairs_of_digits(repr(value))
    raise AssertionError(f"a standing holds no {type(value).__name__}")


def _pairs_of_digits(number: str) -> int:
    """Two significant digits take a byte. Pairs start at the decimal point, so a single digit on one side is a pair."""
    whole, _, fraction = f"{Decimal(number):f}".partition(".")
    padded = whole.zfill(len(whole) + len(whole) % 2) + fraction.rstrip("0")
    pairs = ["".join(pair) for pair in zip_longest(padded[::2], padded[1::2], fillvalue="0")]
    return len("".join("x" if pair != "00" else " " for pair in pairs).strip())


@given(standings())
def test_a_standing_decodes_unchanged_except_for_its_revision(standing: Standing) -> None:
    item = encode(standing)
    standing.revision += 1
    assert decode(item) == standing


@given(standings())
def test_a_standing_decodes_from_dynamodb_attribute_values(standing: Standing) -> None:
    item = unpack_item(pack_item(encode(standing)))
    standing.revision += 1
    assert decode(item) == standing


def test_an_item_of_version_1_is_read_and_written_as_the_current_version() -> None:
    standing = fullest()
    standing.freezes, standing.open_targets, standing.previous_timezone, standing.moved_at = Freezes(), 0, "", 0
    for calendar in (standing.activity_days, standing.award_days):
        calendar.covered_before = 0
    # Counters that were added later are 0.
    standing.counters = dict.fromkeys(Counter, 0) | dict.fromkeys(FIRST_COUNTERS, MAX_COUNT)
    now = encode(standing)
    counters = {"tc": MAX_COUNT, "cc": MAX_COUNT, "ac": MAX_COUNT, "hc": MAX_COUNT, "tp": MAX_COUNT}
    first = {name: value for name, value in now.items() if name != "nu"}
    first |= {"v": 1, "up": MAX_TIME, "ag": 10.100000000000001, "at": MAX_TIME, **counters}
    first["ev"] = b"".join(event + b"\x07" for event in standing.events)
    standing.revision += 1
    assert decode(first) == standing
    ungraded = decode({name: value for name, value in first.items() if name not in ("ag", "at")})
    assert (ungraded.average_grade, ungraded.graded_at) == (None, 0)


def test_an_item_of_a_later_version_is_refused_and_so_never_overwritten() -> None:
    item = encode(fullest())
    with pytest.raises(ValueError, match=f"version {item['v'] + 1}"):
        decode(item | {"v": item["v"] + 1})


def test_an_event_remembered_by_version_1_is_a_duplicate() -> None:
    remembered = blake2b(b"hw-7f3c", digest_size=7).digest()
    item = encode(Standing("42")) | {
        "v": 1,
        "up": 0,
        "ev": remembered,
        **dict.fromkeys(("tc", "cc", "ac", "hc", "tp"), 0),
    }
    assert not remember(decode(item), "hw-7f3c")


def test_the_largest_item_costs_one_write_unit() -> None:
    standing = fullest()
    assert len(standing.timezone) == len(standing.previous_timezone) == 32
    assert len(repr(standing.average_grade)) == 18  # 17 digits and the point
    size = item_bytes(encode(standing))
    assert size <= WRITE_UNIT, (
        f"the fullest standing has {size} bytes of {WRITE_UNIT}, and each write of it would cost a second unit: "
        "pack another field of laurels/standings/codec.py smaller (EVENTS_KEPT is the largest)"
    )


def test_the_largest_item_with_16_own_metrics_costs_two_write_units() -> None:
    standing = fullest_own(MAX_ACTIVE)
    assert {len(name) for name in standing.own} == {32}
    size = item_bytes(encode(standing))
    assert size <= 2 * WRITE_UNIT, f"the fullest standing with {MAX_ACTIVE} own metrics has {size} bytes"


def test_an_archived_metric_adds_32_bytes_when_its_windows_are_over() -> None:
    standing = fullest_own(MAX_ACTIVE)
    before = item_bytes(encode(standing))
    standing.own["y" * 32] = OwnNumber(is_counter=True, number=MAX_COUNT, reached=MAX_TIME)
    assert item_bytes(encode(standing)) - before == 32


@given(standings())
def test_no_item_is_larger_than_the_largest_one_of_the_strategies(standing: Standing) -> None:
    standing.own = {}
    assert item_bytes(encode(standing)) <= item_bytes(encode(fullest()))


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("0", 0),
        ("7", 1),
        ("10", 1),
        ("100", 1),
        ("101", 2),
        ("4294967295", 5),
        ("4.6", 2),
        ("10.100000000000001", 9),
        ("0.012345678901234567", 9),
    ],
)
def test_pairs_of_digits_are_counted_as_dynamodb_does(number: str, expected: int) -> None:
    assert _pairs_of_digits(number) == expected
