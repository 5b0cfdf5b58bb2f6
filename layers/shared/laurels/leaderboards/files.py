"""A board as a file: records of fixed width, best first, so that a page is one range of bytes; then an index by user.

A record is rank (4 bytes), score (4), time reached (6, epoch milliseconds), anonymous (1), and the user id, padded with
NUL to the longest one. The index is a hash table with buckets of fixed width, so that a user's bucket is one range of
bytes too, whatever the number of users. A bucket holds entries of fingerprint (4) and position (4, from 1; 0: empty).
All numbers are big-endian.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from struct import Struct
from typing import NamedTuple

from laurels.leaderboards import ranking
from laurels.leaderboards.ranking import Ranking

# On average. Larger buckets need less padding (a third of the index), but take longer to read.
USERS_PER_BUCKET = 256
_HEAD = 15
_ENTRY = Struct(">II")
_LOW_16, _LOW_32 = 2**16 - 1, 2**32 - 1


class Place(NamedTuple):
    rank: int
    user_id: str
    score: int
    reached: int  # epoch milliseconds
    anonymous: bool


class Layout(NamedTuple):
    """What a reader must know of a file to read a part of it. Widths are in bytes."""

    total: int
    width: int  # of a record
    buckets: int
    bucket_width: int

    def records(self, first: int, last: int) -> tuple[int, int]:
        """Return start and length of the records from position `first` to `last` (both from 1)."""
        return (first - 1) * self.width, (last - first + 1) * self.width

    def bucket(self, hashed: int) -> tuple[int, int]:
        """Return start and length of a user's bucket."""
        return self.total * self.width + _bucket(hashed, self.buckets) * self.bucket_width, self.bucket_width


EMPTY = Layout(0, 0, 0, 0)


def hash_of(user_id: bytes, key: bytes) -> int:
    """Return a 64-bit hash. Each version has its own key, so that nobody can choose ids that fill one bucket."""
    return int.from_bytes(blake2b(user_id, digest_size=8, key=key).digest(), "big")


def width_of(ids: Iterable[bytes]) -> int:
    """Return the width of the records of these users."""
    return _HEAD + max(map(len, ids), default=0)


def encode(
    places: Ranking, ids: Sequence[bytes], anonymous: Sequence[int], hashes: Sequence[int]
) -> tuple[Layout, bytes]:
    """Return the file and its layout. `ids`, `anonymous` and `hashes` are indexed by the users' numbers."""
    width = width_of(ids)
    raw = records(places, ids, anonymous, width)
    layout, index = directory(array("Q", [hashes[place & _LOW_32] for place in places]), width)
    raw += index
    return layout, bytes(raw)


def records(
    places: Ranking, ids: Sequence[bytes], anonymous: Sequence[int], width: int, before: int = 0, above: int = 0
) -> bytearray:
    """Return the records of a board, or of a part of it: see `ranking.ranks` for `before` and `above`."""
    raw = bytearray(len(places) * width)
    pack_record = Struct(f">IIHI?{width - _HEAD}s").pack_into
    ranked = zip(places, ranking.ranks(places, before, above), range(0, len(raw), width), strict=True)
    for place, rank, start in ranked:  # no calls that can be saved: a million users have twelve million places
        score, high, low = ranking.MAX_SCORE - (place >> 80), place >> 64 & _LOW_16, place >> 32 & _LOW_32
        number = place & _LOW_32
        pack_record(raw, start, rank, score, high, low, anonymous[number], ids[number])
    return raw


def directory(hashes: Sequence[int], width: int) -> tuple[Layout, bytearray]:
    """Return the index by user of a board with records of this width, and the layout of the whole file. `hashes` are
    those of the users, best first."""
    buckets = -(-len(hashes) // USERS_PER_BUCKET)
    chosen = array("I", [(hashed >> 32) * buckets >> 32 for hashed in hashes])  # as `_bucket`, without a call
    fullest = max(Counter(chosen).values(), default=0)
    layout = Layout(len(hashes), width, buckets, fullest * _ENTRY.size)
    raw = bytearray(layout.buckets * layout.bucket_width)
    pack_entry = _ENTRY.pack_into
    free = array("Q", (each * layout.bucket_width for each in range(buckets)))
    for position, (hashed, bucket) in enumerate(zip(hashes, chosen, strict=True), start=1):
        pack_entry(raw, free[bucket], hashed & _LOW_32, position)
        free[bucket] += _ENTRY.size
    return layout, raw


def decode(raw: bytes, width: int) -> list[Place]:
    """Return the places in a range of bytes that begins and ends with a record."""
    return [_decode(raw[start : start + width]) for start in range(0, len(raw), width)]


def positions(bucket: bytes, hashed: int) -> list[int]:
    """Return the positions where the user may be: one or none. Once in millions it is another user's, so check the
    record."""
    entries = _ENTRY.iter_unpack(bucket)
    return [position for fingerprint, position in entries if position and fingerprint == hashed & _LOW_32]


def _decode(record: bytes) -> Place:
    rank, score = (int.from_bytes(record[start : start + 4], "big") for start in (0, 4))
    user_id = record[_HEAD:].rstrip(b"\0").decode()
    return Place(rank, user_id, score, int.from_bytes(record[8:14], "big"), bool(record[14]))


def _bucket(hashed: int, buckets: int) -> int:
    """Choose the bucket by the upper half of the hash; the lower half is the fingerprint."""
    return (hashed >> 32) * buckets >> 32
