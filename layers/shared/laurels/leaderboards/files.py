"""A board as a file: records of fixed width, best first, so that a page is one range of bytes; then an index by user.

A record is rank (4 bytes), score (4), time reached (6, epoch milliseconds), anonymous (1), and the user id, padded with
NUL to the longest one. The index is a hash table with buckets of fixed width, so that a user's bucket is one range of
bytes too, whatever the number of users. A bucket holds entries of fingerprint (4) and position (4, from 1; 0: empty).
All numbers are big-endian.

Readers of boards do without NumPy; `encoding` writes files with it.
"""

from hashlib import blake2b
from struct import Struct
from typing import NamedTuple

# On average. Larger buckets need less padding (a third of the index), but take longer to read.
USERS_PER_BUCKET = 256
HEAD = 15  # bytes of a record before the user id
_ENTRY = Struct(">II")
_LOW_32 = 2**32 - 1


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
    user_id = record[HEAD:].rstrip(b"\0").decode()
    return Place(rank, user_id, score, int.from_bytes(record[8:14], "big"), bool(record[14]))


def _bucket(hashed: int, buckets: int) -> int:
    """Choose the bucket by the upper half of the hash; the lower half is the fingerprint."""
    return (hashed >> 32) * buckets >> 32
