"""A board as a file: records of one fixed width, best first, so that a page is one range of bytes.

A record is rank (4 bytes), score (4), reached (6, epoch milliseconds), anonymous (1), and the user id, padded with NUL
to the longest on the board. All numbers are big-endian.
"""

from collections.abc import Sequence

from laurels.leaderboards.rules import Contender, Place

_HEAD = 15


def encode(places: Sequence[Place]) -> tuple[int, bytes]:
    """The width of a record, and the file."""
    width = _HEAD + max((len(place.contender.user_id) for place in places), default=0)
    return width, b"".join(
        place.rank.to_bytes(4, "big")
        + place.contender.score.to_bytes(4, "big")
        + place.contender.reached.to_bytes(6, "big")
        + place.contender.anonymous.to_bytes(1, "big")
        + place.contender.user_id.encode().ljust(width - _HEAD, b"\0")
        for place in places
    )


def decode(raw: bytes, width: int) -> list[Place]:
    """The places in a part of a file that begins and ends with a record."""
    return [_decode(raw[start : start + width]) for start in range(0, len(raw), width)]


def _decode(record: bytes) -> Place:
    rank, score = (int.from_bytes(record[start : start + 4], "big") for start in (0, 4))
    user_id = record[_HEAD:].rstrip(b"\0").decode()
    return Place(rank, Contender(user_id, score, int.from_bytes(record[8:14], "big"), bool(record[14])))
