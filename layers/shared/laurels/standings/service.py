"""Reading and changing standings: optimistic, one conditional write, tried again when somebody else was first."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from laurels import clock, keys, table
from laurels.errors import Unavailable
from laurels.standings.codec import decode, decode_contest, encode
from laurels.standings.models import Contest, Standing
from laurels.table import ABSENT, Cancelled, ConditionFailed, Put

Outcome = TypeVar("Outcome")

PATIENCE = 5.0  # seconds: an endpoint has 10, and the last attempt may be a slow one
_FIRST_WAIT, _LONGEST_WAIT = 0.01, 0.25  # seconds


def get(user_id: str) -> Standing:
    """The user's standing; a new one if nothing is stored yet."""
    return of(user_id, table.get(keys.standing(user_id)))


def of(user_id: str, item: table.Item | None) -> Standing:
    """The standing in an item that was read together with others."""
    return decode(item) if item else Standing(user_id)


def put(standing: Standing) -> Put:
    """The write of a changed standing. Its condition fails if anybody else has changed it since it was read."""
    standing.updated_at = clock.epoch_ms(clock.now())
    return Put(encode(standing), when={"rev": standing.revision} if standing.revision else ABSENT)


def retrying(attempt: Callable[[], Outcome], patience: float = PATIENCE) -> Outcome:
    """The outcome of `attempt`, which reads, thinks and writes, and is tried again when its write lost a race, was
    turned away, or had no answer. It must therefore be right when it is repeated after a success: it reads first.

    After `patience` seconds no new attempt is begun: raises Unavailable.
    """
    deadline = time.monotonic() + patience
    wait = _FIRST_WAIT
    while True:
        try:
            return attempt()
        except (ConditionFailed, Cancelled, Unavailable) as error:
            if time.monotonic() + wait > deadline:
                raise Unavailable from error
            time.sleep(random.uniform(0, wait))  # noqa: S311 - jitter, not a secret
            wait = min(wait * 2, _LONGEST_WAIT)


def shard(number: int) -> Iterator[Contest]:
    """What boards need of all standings of one partition, by Queries of up to 1 MB."""
    return map(decode_contest, table.query_all(keys.standing_shard(number)))


def shards() -> Sequence[int]:
    return range(keys.STANDING_SHARDS)
