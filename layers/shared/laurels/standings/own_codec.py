"""Own metrics in the item of a standing: `gains_until` (3 bytes), then a record for each metric, in order of name.

A record names its metric, so an item is understood without definitions, whatever was archived or defined since. Records
are as long as what they hold:

    bytes  what
    1      length of the name in bytes (5 bits), then 3 flags: counter, has windows, has gains
    <= 21  the name, as a number in base 38
    4      number: a count, or hundredths of a value or best
    6      reached
    8      with windows: week, month
    18     with gains: those of DATES_KEPT dates, those before the week and before the month (3 each, signed)
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from laurels.standings.models import DATES_KEPT, OwnNumber

MAX_GAIN = 2**23 - 1  # of a date
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_"  # of names: their digits are 1 to 37
_BASE = len(_LETTERS) + 1
_COUNTER, _WINDOWS, _GAINS = 4, 2, 1
_GAIN_BYTES = 3
_ALL_GAINS = (DATES_KEPT + 2) * _GAIN_BYTES


class OwnScore(NamedTuple):
    """What a board needs of an own metric; times are epoch milliseconds."""

    name: str
    is_counter: bool
    number: int
    reached: int
    week: int
    month: int


def pack(own: Mapping[str, OwnNumber], gains_until: int) -> bytes:
    """Return the packed metrics."""
    return gains_until.to_bytes(3, "big") + b"".join(_pack(name, own[name]) for name in sorted(own))


def unpack(packed: bytes) -> tuple[dict[str, OwnNumber], int]:
    """Return the metrics by name, and `gains_until`."""
    found = {}
    for score, gains in _records(packed):
        own = found[score.name] = OwnNumber(*score[1:])
        if gains:
            parts = (gains[at : at + _GAIN_BYTES] for at in range(0, _ALL_GAINS, _GAIN_BYTES))
            numbers = [int.from_bytes(part, "big", signed=True) for part in parts]
            *own.gains, own.gains_before_week, own.gains_before_month = numbers
    return found, int.from_bytes(packed[:3], "big")


def scores(packed: bytes) -> list[OwnScore]:
    """Return what boards need: the schedule reads it for every user."""
    return [score for score, _ in _records(packed)]


def _pack(name: str, own: OwnNumber) -> bytes:
    named = _pack_name(name)
    gains = [*own.gains, own.gains_before_week, own.gains_before_month]
    flags = own.is_counter * _COUNTER | bool(own.week or own.month) * _WINDOWS | any(gains) * _GAINS
    parts = [bytes([len(named) << 3 | flags]), named, own.number.to_bytes(4, "big"), own.reached.to_bytes(6, "big")]
    if flags & _WINDOWS:
        parts += own.week.to_bytes(4, "big"), own.month.to_bytes(4, "big")
    if flags & _GAINS:
        parts += (gain.to_bytes(_GAIN_BYTES, "big", signed=True) for gain in gains)
    return b"".join(parts)


def _records(packed: bytes) -> Iterator[tuple[OwnScore, bytes]]:
    """Yield what a board needs of each metric, and its packed gains (empty: it has none)."""
    start = 3
    while start < len(packed):
        head = packed[start]
        end = start + 1 + (head >> 3)
        name, start = _name(packed[start + 1 : end]), end + 10
        number, reached = int.from_bytes(packed[end : end + 4], "big"), int.from_bytes(packed[end + 4 : start], "big")
        week = month = 0
        if head & _WINDOWS:
            week, month = (int.from_bytes(packed[at : at + 4], "big") for at in (start, start + 4))
            start += 8
        gains = packed[start : start + _ALL_GAINS] if head & _GAINS else b""
        start += len(gains)
        yield OwnScore(name, bool(head & _COUNTER), number, reached, week, month), gains


@lru_cache(1024)
def _pack_name(name: str) -> bytes:
    number = 0
    for letter in name:
        number = number * _BASE + _LETTERS.index(letter) + 1
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


@lru_cache(1024)  # few metrics, in the items of many users
def _name(packed: bytes) -> str:
    number, letters = int.from_bytes(packed, "big"), ""
    while number:
        number, digit = divmod(number, _BASE)
        letters = _LETTERS[digit - 1] + letters
    return letters
