"""Reading standings, and writing them conditionally on their revision."""

from collections.abc import Iterator, Sequence

from laurels import clock, keys, table
from laurels.standings import contests
from laurels.standings.codec import decode, encode
from laurels.standings.contests import Contest
from laurels.standings.models import Standing
from laurels.writes import ABSENT, Item, Put


def get(user_id: str) -> Standing:
    """Return the user's standing; a new one if nothing is stored yet."""
    return of(user_id, table.get(keys.standing(user_id)))


def of(user_id: str, item: Item | None) -> Standing:
    """Return the standing in an item that was read together with others."""
    return decode(item) if item else Standing(user_id)


def put(standing: Standing) -> Put:
    """Return the write of a changed standing. Its condition fails if the standing has changed since it was read."""
    standing.updated_at = clock.now_ms()
    return Put(encode(standing), when={"rev": standing.revision} if standing.revision else ABSENT)


def shard(number: int) -> Iterator[Contest]:
    """Yield what boards need of all standings of one partition, read by Queries of up to 1 MB."""
    return map(contests.of, table.query_all(keys.standing_shard(number)))


def shards() -> Sequence[int]:
    """Return the numbers of all partitions."""
    return range(keys.STANDING_SHARDS)
