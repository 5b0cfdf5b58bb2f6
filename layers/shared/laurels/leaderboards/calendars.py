"""Streaks of many users, in arrays: a run of the boards needs the longest of each, four times."""

from datetime import date

import numpy as np

from laurels.days import DAYS_KEPT
from laurels.leaderboards.collected import Packed
from laurels.leaderboards.ranking import Column, Numbers
from laurels.standings.codec import DAYS_BYTES, DAYS_HEAD_BYTES

FOREVER = date.max.toordinal()
_PLACES = np.array([1 << 16, 1 << 8, 1], np.uint32)  # of the bytes of a number


def longest(packed: bytes | bytearray, first: int = 0, last: int = FOREVER) -> tuple[Numbers, Numbers]:
    """Return the length of the longest run of each packed calendar, and the ordinal of the day on which it reached
    that length. Only days from `first` to `last` count (ordinals). This is `days.longest` for many, without covered
    days.
    """
    stored = np.frombuffer(packed, np.uint8).reshape(-1, DAYS_BYTES)
    ends, run, best, reached = (stored[:, at : at + 3] @ _PLACES for at in range(0, DAYS_HEAD_BYTES, 3))
    oldest = min(DAYS_KEPT - 1, int(ends.max(initial=0)) - first)  # the age of the first day to look at
    active = np.unpackbits(stored[:, DAYS_HEAD_BYTES:], axis=1)[:, DAYS_KEPT - 1 - oldest :]
    ages = np.arange(oldest + 1, dtype=np.uint32)[::-1]
    if first:  # what is known of the time before the calendar does not count
        run, best, reached = (np.zeros_like(ends) for _ in range(3))
    if first or last < ends.max(initial=0):
        days = ends[:, None] - ages
        active &= (days >= first) & (days <= last)
    for age, day in zip(ages, np.ascontiguousarray(active.T), strict=True):
        run = (run + 1) * day
        longer = run > best
        best = np.where(longer, run, best)
        reached = np.where(longer, ends - age, reached)
    return best, reached


def column(calendars: Packed, first: int = 0, last: int = FOREVER) -> Column:
    """Return the longest run of each user who has one. See `longest`."""
    lengths, reached = longest(calendars.content, first, last)
    return Column(calendars.users, lengths, reached.astype(np.uint64)).where(lengths > 0)
