"""Literal items of each codec version: they must be readable as long as tables may hold them."""

from typing import Any

import pytest

from laurels.days import Days
from laurels.standings.codec import VERSION, decode, encode
from laurels.standings.models import SCORED, Board, Counter, Freezes, Listing, OwnNumber, Score, Standing, Window

CODEC, HERE = "layers/shared/laurels/standings/codec.py", "tests/unit/standings/test_stored_items.py"
AT = 1_795_198_925_000
COUNTED = {
    Counter.TOTAL_COURSES: 1,
    Counter.COMPLETED_COURSES: 2,
    Counter.ACTIVE_COURSES: 3,
    Counter.HOMEWORKS_COMPLETED: 4,
    Counter.TESTS_PASSED: 5,
}
PACKED = {
    "sc": "0000006401a1fa31b8c80000006501a1fa31b8c90000006601a1fa31b8ca0000006701a1fa31b8cb0000006801a1fa31b8cc",
    "wk": "00098b0000000a01a1fa31b8c80000000b01a1fa31b8c90000000c01a1fa31b8ca0000000d01a1fa31b8cb0000000e01a1fa31b8cc",
    "mo": "005f020000001401a1fa31b8c80000001501a1fa31b8c90000001601a1fa31b8ca0000001701a1fa31b8cb0000001801a1fa31b8cc",
    "ad": "0b48f70000030000090b46b8" + "0b".zfill(92),
    "wd": "0b48f20000010000010b42d0" + "01".zfill(92),
}

# Items as tables hold them: never change one of these. A new version adds an item.
ITEMS: dict[int, dict[str, Any]] = {
    1: {
        **{"PK": "STANDING#08", "SK": "USER#42", "v": 1, "rev": 7, "li": "a", "tz": "Asia/Almaty"},
        **{"tc": 1, "cc": 2, "ac": 3, "hc": 4, "tp": 5, "ag": 4.6, "at": AT + 123, "up": AT + 999},
        **{name: bytes.fromhex(packed) for name, packed in PACKED.items()},
        "ev": b"event1\x07event2\x07",
    },
    2: {
        **{"PK": "STANDING#08", "SK": "USER#42", "v": 2, "rev": 7, "li": "a", "tz": "Asia/Almaty", "pz": "UTC"},
        "nu": bytes.fromhex(
            "0000000100000002000000030000000400000005000301a1fa31bcaf01a1fa31b94301a1fa31a5404012666666666666"
        ),
        **{name: bytes.fromhex(packed) for name, packed in PACKED.items()},
        "ev": b"event1event2",
        "fr": bytes.fromhex("0b48e81000002000000000000000000000000000000200010000".ljust(140 - 2, "0") + "04"),
    },
}
ITEMS[3] = {
    **ITEMS[2],
    "v": 3,
    "om": bytes.fromhex(
        "0b48f83801425519d172e50000222e01a1fa31b8cd2f09495eea590000012c01a1fa31b8ce000000fa0000010400000a0000"
        "f0ffffff00000000001e0000282402e8bdcb0000000701a1fa31b8cf"
    ),
}


def standing(version: int) -> Standing:
    """The standing that the item of this version encodes."""

    def scores(first: int) -> dict[Board, Score]:
        return {board: Score(first + place, AT + place) for place, board in enumerate(SCORED)}

    found = Standing(
        user_id="42",
        revision=7,
        counters=dict.fromkeys(Counter, 0) | COUNTED,
        average_grade=4.6,
        graded_at=AT + 123,
        scores=scores(100),
        week=Window(2443, scores(10)),
        month=Window(24322, scores(20)),
        activity_days=Days(739575, 0b1011, 3, 9, 739000),
        award_days=Days(739570, 0b1, 1, 1, 738000),
        events=[b"event1", b"event2"],
        timezone="Asia/Almaty",
        listing=Listing.ANONYMOUS,
        updated_at=AT + 999,
    )
    if version > 2:
        found.gains_until = 739576
        found.own = {
            "best_score": OwnNumber(is_counter=False, number=8750, reached=AT + 5),
            "minutes": OwnNumber(is_counter=True, number=300, reached=AT + 6, week=250, month=260),
            "words": OwnNumber(is_counter=True, number=7, reached=AT + 7),
        }
        minutes = found.own["minutes"]
        minutes.gains, minutes.gains_before_week, minutes.gains_before_month = [10, 240, -1, 0], 30, 40
    if version > 1:
        found.previous_timezone, found.moved_at, found.open_targets = "UTC", AT - 5000, 3
        found.freezes = Freezes(739560, 1, {739565: 2}, covered=0b100)
        found.activity_days.covered_before, found.award_days.covered_before = 2, 1
    return found


@pytest.mark.parametrize("version", ITEMS)
def test_an_item_of_each_version_is_read(version: int) -> None:
    read, expected = decode(ITEMS[version]), standing(version)
    assert read == expected, f"decode in {CODEC} must read items of version {version} as they were stored"


def test_the_encoding_changes_only_with_the_version() -> None:
    assert set(ITEMS) == set(range(1, VERSION + 1)), (
        f"{HERE}: add a literal item of version {VERSION} to ITEMS, as encode writes it today, and keep the older ones"
    )
    current = standing(VERSION)
    current.revision -= 1  # writing adds one
    written, stored = encode(current), ITEMS[VERSION]
    changed = sorted(name for name in written.keys() | stored.keys() if written.get(name) != stored.get(name))
    assert not changed, (
        f"{changed} of a standing are packed in another way, but VERSION in {CODEC} is still {VERSION}: raise it, let "
        f"decode read version {VERSION} as before, and add a literal item of the new version to ITEMS in {HERE}"
    )
