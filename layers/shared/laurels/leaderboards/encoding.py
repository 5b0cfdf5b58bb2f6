"""Boards as files, written and merged. `files` describes the format and reads parts of it without NumPy."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from laurels.leaderboards import ranking
from laurels.leaderboards.files import HEAD, USERS_PER_BUCKET, Layout
from laurels.leaderboards.ranking import Column, Ranking
from laurels.leaderboards.users import Users

Hashes = NDArray[np.uint64]
Record = np.void
Records = NDArray[np.void]
_AT_ONCE = 65_536  # places
_ENTRY = np.dtype([("fingerprint", ">u4"), ("position", ">u4")])


def encode(places: Ranking, users: Users) -> tuple[Layout, bytearray]:
    """Return the file of a board and its layout."""
    layout, index = directory(users.hashes[places.numbers], users.width)
    end = layout.total * layout.width
    raw = bytearray(end + len(index))
    _fill(np.frombuffer(memoryview(raw)[:end], _record(users.width)), places, users)
    raw[end:] = index
    return layout, raw


def records(places: Ranking, users: Users, width: int | None = None, before: int = 0, above: int = 0) -> Records:
    """Return the records of a board, or of a part of it: see `ranking.ranks` for `before` and `above`. `width` is that
    of a record, if it is not that of these users."""
    found = np.empty(places.total, _record(width or users.width))
    _fill(found, places, users, before, above)
    return found


def _fill(found: Records, places: Ranking, users: Users, before: int = 0, above: int = 0) -> None:
    found["rank"] = ranking.ranks(places.scores, before, above)
    for start in range(0, places.total, _AT_ONCE):  # what is computed for a part needs no memory for the whole
        part, some = found[start : start + _AT_ONCE], places.take(slice(start, start + _AT_ONCE))
        part["score"] = some.scores
        part["high"], part["low"] = some.reached >> np.uint64(32), some.reached & np.uint64(2**32 - 1)
        part["anonymous"] = users.anonymous[some.numbers]
        part["user_id"] = users.ids[some.numbers]


def directory(hashes: Hashes, width: int) -> tuple[Layout, bytes]:
    """Return the index by user of a board with records of this width, and the layout of the whole file. `hashes` are
    those of the users, best first."""
    buckets = -(-len(hashes) // USERS_PER_BUCKET)
    chosen = (hashes >> np.uint64(32)) * np.uint64(buckets) >> np.uint64(32)  # as `files.Layout.bucket`
    sizes = np.bincount(chosen.astype(np.uint32), minlength=buckets)
    order = np.argsort(chosen, kind="stable").astype(np.uint32)
    del chosen
    found = np.zeros((buckets, int(sizes.max(initial=0))), _ENTRY)
    for bucket, (end, size) in enumerate(zip(np.cumsum(sizes).tolist(), sizes.tolist(), strict=True)):
        users = order[end - size : end]
        found[bucket, :size]["fingerprint"] = hashes[users] & np.uint64(2**32 - 1)
        found[bucket, :size]["position"] = users + 1
    return Layout(len(hashes), width, buckets, found.shape[1] * _ENTRY.itemsize), found.tobytes()


def parse(raw: bytes, width: int) -> Records:
    """Return the records in a range of bytes that begins and ends with a record."""
    return np.frombuffer(raw, _record(width))


def merged(parts: Sequence[Records], key: bytes) -> tuple[Users, Column]:
    """Return the users of some records, and their scores as a column. `key` is the hash key of the version."""
    found = np.concatenate(parts)
    return Users([found["user_id"]], found["anonymous"], key), ranking.column(found["score"], ranking.times(found))


def reached(place: Record) -> int:
    """Return when the score of a record was reached, in epoch milliseconds."""
    return int(place["high"]) << 32 | int(place["low"])


def _record(width: int) -> np.dtype[np.void]:
    return np.dtype([("rank", ">u4"), *ranking.SCORE, ("anonymous", "u1"), ("user_id", f"S{width - HEAD}")])
