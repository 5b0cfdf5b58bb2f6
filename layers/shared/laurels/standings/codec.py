"""A standing as a DynamoDB item of at most 1 KB with every field full.

Names of two letters and packed bytes make room for 64 event fingerprints, two calendars and three windows. All that is
packed has a fixed width, big-endian. Times are 6 bytes (milliseconds), scores and counts 4, dates 3.
"""

from struct import Struct
from typing import Any

from laurels import keys
from laurels.days import DAYS_KEPT, Days
from laurels.standings.models import (
    SCORED,
    Board,
    Contest,
    Counter,
    Listing,
    Score,
    Scores,
    Standing,
    Window,
)

VERSION = 1
EVENT_BYTES = 7

_COUNTERS = {
    Counter.TOTAL_COURSES: "tc",
    Counter.COMPLETED_COURSES: "cc",
    Counter.ACTIVE_COURSES: "ac",
    Counter.HOMEWORKS_COMPLETED: "hc",
    Counter.TESTS_PASSED: "tp",
}
_LISTINGS = {Listing.SHOWN: "s", Listing.ANONYMOUS: "a", Listing.HIDDEN: "h"}
_LISTING_OF = {letter: listing for listing, letter in _LISTINGS.items()}
_BIT_BYTES = DAYS_KEPT // 8
_SCORE_FIELDS = Struct(">" + "IHI" * len(SCORED))  # the time's 6 bytes as 2 and 4


def encode(standing: Standing) -> dict[str, Any]:
    """The item to write: its revision is one more than what was read."""
    item: dict[str, Any] = {
        **keys.standing(standing.user_id)._asdict(),
        "v": VERSION,
        "rev": standing.revision + 1,
        "up": standing.updated_at,
        "li": _LISTINGS[standing.listing],
        "tz": standing.timezone,
        "sc": _pack_scores(standing.scores),
        "wk": _pack_window(standing.week),
        "mo": _pack_window(standing.month),
        "ad": _pack_days(standing.activity_days),
        "wd": _pack_days(standing.award_days),
        "ev": b"".join(standing.events),
    }
    item |= {name: standing.counters[counter] for counter, name in _COUNTERS.items()}
    if standing.average_grade is not None:
        item |= {"ag": standing.average_grade, "at": standing.graded_at}
    return item


def decode(item: dict[str, Any]) -> Standing:
    """The inverse of `encode`."""
    events = item["ev"]
    return Standing(
        user_id=keys.user_of(item["SK"]),
        revision=item["rev"],
        counters={counter: item[name] for counter, name in _COUNTERS.items()},
        average_grade=item.get("ag"),
        graded_at=item.get("at", 0),
        scores=_unpack_scores(item["sc"]),
        week=_unpack_window(item["wk"]),
        month=_unpack_window(item["mo"]),
        activity_days=_unpack_days(item["ad"]),
        award_days=_unpack_days(item["wd"]),
        events=[events[start : start + EVENT_BYTES] for start in range(0, len(events), EVENT_BYTES)],
        timezone=item["tz"],
        listing=_LISTING_OF[item["li"]],
        updated_at=item["up"],
    )


def decode_contest(item: dict[str, Any]) -> Contest:
    """What boards need of an item, and no more: the schedule does this for every user there is."""
    week, month = item["wk"], item["mo"]
    return Contest(
        keys.user_of(item["SK"]),
        _LISTING_OF[item["li"]],
        _read_scores(item["sc"]),
        (_int(week[:3]), _read_scores(week[3:])),
        (_int(month[:3]), _read_scores(month[3:])),
        _unpack_days(item["ad"]),
        _unpack_days(item["wd"]),
    )


def _read_scores(packed: bytes) -> Scores:
    fields = iter(_SCORE_FIELDS.unpack(packed))
    return [(score, high << 32 | low) for score, high, low in zip(fields, fields, fields, strict=True)]


def _pack_scores(scores: dict[Board, Score]) -> bytes:
    return b"".join(_bytes(scores[board].score, 4) + _bytes(scores[board].reached, 6) for board in SCORED)


def _unpack_scores(packed: bytes) -> dict[Board, Score]:
    return {
        board: Score(_int(packed[start : start + 4]), _int(packed[start + 4 : start + 10]))
        for board, start in zip(SCORED, range(0, len(packed), 10), strict=True)
    }


def _pack_window(window: Window) -> bytes:
    return _bytes(window.number, 3) + _pack_scores(window.scores)


def _unpack_window(packed: bytes) -> Window:
    return Window(_int(packed[:3]), _unpack_scores(packed[3:]))


def _pack_days(days: Days) -> bytes:
    head = _bytes(days.last, 3) + _bytes(days.run_before, 3) + _bytes(days.longest_before, 3)
    return head + _bytes(days.longest_before_on, 3) + _bytes(days.bits, _BIT_BYTES)


def _unpack_days(packed: bytes) -> Days:
    last, run_before, longest_before, longest_before_on = (_int(packed[start : start + 3]) for start in (0, 3, 6, 9))
    return Days(last, _int(packed[12:]), run_before, longest_before, longest_before_on)


def _bytes(number: int, width: int) -> bytes:
    return number.to_bytes(width, "big")


def _int(packed: bytes) -> int:
    return int.from_bytes(packed, "big")
