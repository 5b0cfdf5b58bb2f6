"""A standing as a DynamoDB item of at most 1 KB with every field full, and of at most 2 KB with 16 own metrics.

Two calendars, three windows, freezes and the fingerprints of 64 events fit, because names have two letters and all but
ids, zones and `rev` is packed, big-endian, in fixed widths: times in 6 bytes (milliseconds), scores and counters in 4,
dates and lengths in 3.

    name   bytes   what
    li     1       listing: s (never chosen), o(penly shown), a(nonymous), h(idden)
    tz pz  <= 32   time zone, and the previous one after a move
    nu     48      five counters, open targets; times of the last write, grade and move; average grade (NaN: none)
    sc     50      scores of all time: for each of SCORED score and time
    wk mo  53      week and month: its number (3), then scores as in sc
    ad wd  58      days of activity and of awards: the four numbers of `Days` (12), then its bits
    ev     <= 384  fingerprints of the last 64 events, 6 bytes each, oldest first
    fr     70      freezes: horizon (3), held and grants (17), each calendar's `covered_before` (2 + 2), then bits
    om     <= 58   for each own metric (see own_codec.py), after `gains_until` (3)
"""

import math
import struct
from struct import Struct
from typing import Any

from laurels import keys
from laurels.days import DAYS_KEPT, Days
from laurels.standings import own_codec
from laurels.standings.models import (
    GRANT_DAYS,
    SCORED,
    Board,
    Counter,
    Freezes,
    Listing,
    Score,
    Scores,
    Standing,
    Window,
)

VERSION = 3  # 3 has own metrics
EVENT_BYTES = 6

_COUNTERS = tuple(Counter)
_NUMBERS = Struct(">5IHHIHIHId")  # Struct has no 6 bytes: each time is 2 and 4
assert len(_COUNTERS) == 5, (
    f"laurels/standings/codec.py packs 5 counters in version {VERSION}, and Counter has {len(_COUNTERS)}. Stored items "
    "keep their layout: write the new one under a new VERSION, and let decode read version "
    f"{VERSION} with 0 for a counter that it has not."
)
_FIRST_COUNTERS = {
    Counter.TOTAL_COURSES: "tc",
    Counter.COMPLETED_COURSES: "cc",
    Counter.ACTIVE_COURSES: "ac",
    Counter.HOMEWORKS_COMPLETED: "hc",
    Counter.TESTS_PASSED: "tp",
}
# Items that were written before there was a default have "s" also for users who chose to be shown.
_LISTINGS = {None: "s", Listing.SHOWN: "o", Listing.ANONYMOUS: "a", Listing.HIDDEN: "h"}
LISTING_OF = {letter: listing for listing, letter in _LISTINGS.items()}
_BIT_BYTES = DAYS_KEPT // 8
_POOL_BYTES = (1 + GRANT_DAYS) // 2  # what is held, and the grants from the horizon on, a nibble each
_FREEZES = Struct(f">3s{_POOL_BYTES}sHH{_BIT_BYTES}s")
_LOW_24 = 2**24 - 1
_SCORE_FIELDS = Struct(">" + "IHI" * len(SCORED))  # the time's 6 bytes as 2 and 4
SCORES_BYTES = _SCORE_FIELDS.size
WINDOW_HEAD_BYTES = 3
DAYS_HEAD_BYTES = 12
DAYS_BYTES = DAYS_HEAD_BYTES + _BIT_BYTES
# Of the attributes that boards use without unpacking them.
WIDTHS = {
    "sc": SCORES_BYTES,
    "wk": WINDOW_HEAD_BYTES + SCORES_BYTES,
    "mo": WINDOW_HEAD_BYTES + SCORES_BYTES,
    "ad": DAYS_BYTES,
    "wd": DAYS_BYTES,
}


def encode(standing: Standing) -> dict[str, Any]:
    """Return the item to write. Its revision is one more than the one that was read."""
    item = {
        **keys.standing(standing.user_id)._asdict(),
        "v": VERSION,
        "rev": standing.revision + 1,
        "li": _LISTINGS[standing.listing],
        "tz": standing.timezone,
        "nu": _pack_numbers(standing),
        "sc": _pack_scores(standing.scores),
        "wk": _pack_window(standing.week),
        "mo": _pack_window(standing.month),
        "ad": pack_days(standing.activity_days),
        "wd": pack_days(standing.award_days),
        "ev": b"".join(standing.events),
    }
    if standing.previous_timezone:
        item["pz"] = standing.previous_timezone
    if standing.freezes or standing.activity_days.covered_before or standing.award_days.covered_before:
        item["fr"] = _pack_freezes(standing)
    if standing.own:
        item["om"] = own_codec.pack(standing.own, standing.gains_until)
    return item


def decode(item: dict[str, Any]) -> Standing:
    """Return the standing in an item of this version or an earlier one. Raises ValueError for a later one: to write it
    again in this version would lose what that release has stored in it."""
    if item["v"] > VERSION:
        raise ValueError(f"This standing has version {item['v']}, and this release reads up to {VERSION}.")
    events, width = item["ev"], 7 if item["v"] == 1 else EVENT_BYTES
    standing = Standing(
        user_id=keys.user_of(item["SK"]),
        revision=item["rev"],
        scores=_unpack_scores(item["sc"]),
        week=_unpack_window(item["wk"]),
        month=_unpack_window(item["mo"]),
        activity_days=unpack_days(item["ad"]),
        award_days=unpack_days(item["wd"]),
        events=[events[start : start + EVENT_BYTES] for start in range(0, len(events), width)],
        timezone=item["tz"],
        previous_timezone=item.get("pz", ""),
        listing=LISTING_OF[item["li"]],
    )
    if item["v"] == 1:
        _read_first_version(standing, item)
    else:
        _unpack_numbers(standing, item["nu"])
    if "fr" in item:
        _unpack_freezes(standing, item["fr"])
    if "om" in item:
        standing.own, standing.gains_until = own_codec.unpack(item["om"])
    return standing


def _read_first_version(standing: Standing, item: dict[str, Any]) -> None:
    """Read the fields that were attributes of their own in version 1."""
    standing.counters |= {counter: item[name] for counter, name in _FIRST_COUNTERS.items()}
    standing.average_grade, standing.graded_at = item.get("ag"), item.get("at", 0)
    standing.updated_at = item["up"]


def read_window(packed: bytes) -> tuple[int, Scores]:
    """Return the scores of a packed window, with its number."""
    return _int(packed[:WINDOW_HEAD_BYTES]), read_scores(packed[WINDOW_HEAD_BYTES:])


def read_scores(packed: bytes) -> Scores:
    """Return packed scores. Raises ValueError if they have another layout."""
    try:
        fields = iter(_SCORE_FIELDS.unpack(packed))
    except struct.error as error:
        raise layout_changed("sc, wk or mo", error) from error
    return [(score, high << 32 | low) for score, high, low in zip(fields, fields, fields, strict=True)]


def _pack_numbers(standing: Standing) -> bytes:
    times = (part for time in (standing.updated_at, standing.graded_at, standing.moved_at) for part in _halves(time))
    average = math.nan if standing.average_grade is None else standing.average_grade
    counters = (standing.counters[counter] for counter in _COUNTERS)
    try:
        return _NUMBERS.pack(*counters, standing.open_targets, *times, average)
    except struct.error as error:
        raise layout_changed("nu", error) from error


def _unpack_numbers(standing: Standing, packed: bytes) -> None:
    try:
        numbers = _NUMBERS.unpack(packed)
    except struct.error as error:
        raise layout_changed("nu", error) from error
    *counters, targets, up_high, up_low, at_high, at_low, move_high, move_low, average = numbers
    standing.counters = dict(zip(_COUNTERS, counters, strict=True))
    standing.open_targets = targets
    standing.updated_at = up_high << 32 | up_low
    standing.graded_at = at_high << 32 | at_low
    standing.moved_at = move_high << 32 | move_low
    standing.average_grade = None if math.isnan(average) else average


def layout_changed(name: str, error: struct.error) -> ValueError:
    """Return the error of an attribute that does not have the layout of this version."""
    return ValueError(
        f"laurels/standings/codec.py: {name} of a standing does not fit the layout of version {VERSION} ({error}). "
        "Stored items keep their layout: write the new one under a new VERSION, and let decode read the old ones too."
    )


def _halves(time: int) -> tuple[int, int]:
    return time >> 32, time & 0xFFFF_FFFF


def _pack_scores(scores: dict[Board, Score]) -> bytes:
    return b"".join(_bytes(scores[board].score, 4) + _bytes(scores[board].reached, 6) for board in SCORED)


def _unpack_scores(packed: bytes) -> dict[Board, Score]:
    return {board: Score(*pair) for board, pair in zip(SCORED, read_scores(packed), strict=True)}


def _pack_window(window: Window) -> bytes:
    return window_head(window.number) + _pack_scores(window.scores)


def _unpack_window(packed: bytes) -> Window:
    return Window(_int(packed[:WINDOW_HEAD_BYTES]), _unpack_scores(packed[WINDOW_HEAD_BYTES:]))


def window_head(number: int) -> bytes:
    """Return the bytes that a packed window with this number begins with."""
    return _bytes(number, WINDOW_HEAD_BYTES)


def pack_days(days: Days) -> bytes:
    """Pack a calendar without `covered_before`, which is packed with the freezes."""
    head = _bytes(days.last, 3) + _bytes(days.run_before, 3) + _bytes(days.longest_before, 3)
    return head + _bytes(days.longest_before_on, 3) + _bytes(days.bits, _BIT_BYTES)


def unpack_days(packed: bytes) -> Days:
    """Return the inverse of `pack_days`."""
    head = _int(packed[:DAYS_HEAD_BYTES])  # four numbers of 24 bits
    run_before, longest_before, longest_before_on = head >> 48 & _LOW_24, head >> 24 & _LOW_24, head & _LOW_24
    return Days(head >> 72, _int(packed[DAYS_HEAD_BYTES:]), run_before, longest_before, longest_before_on)


def _pack_freezes(standing: Standing) -> bytes:
    """Pack the freezes with the two calendars' `covered_before`, which are 0 without freezes."""
    freezes, pool = standing.freezes, standing.freezes.held
    for age in range(GRANT_DAYS):
        pool = pool << 4 | freezes.grants.get(freezes.horizon + age, 0)
    before = (standing.activity_days.covered_before, standing.award_days.covered_before)
    return _FREEZES.pack(
        _bytes(freezes.horizon, 3), _bytes(pool, _POOL_BYTES), *before, _bytes(freezes.covered, _BIT_BYTES)
    )


def _unpack_freezes(standing: Standing, packed: bytes) -> None:
    horizon, pool, activity, awards, covered = _FREEZES.unpack(packed)
    freezes = standing.freezes = Freezes(_int(horizon), covered=_int(covered))
    left = _int(pool)
    for age in reversed(range(GRANT_DAYS)):
        if granted := left & 15:
            freezes.grants[freezes.horizon + age] = granted
        left >>= 4
    freezes.held = left
    standing.activity_days.covered_before, standing.award_days.covered_before = activity, awards


def _bytes(number: int, width: int) -> bytes:
    return number.to_bytes(width, "big")


def _int(packed: bytes) -> int:
    return int.from_bytes(packed, "big")
