"""Optimistic concurrency: read, compute, write conditionally, retry on conflict."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from laurels import settings
from laurels.errors import Unavailable
from laurels.table import Cancelled, ConditionFailed

Outcome = TypeVar("Outcome")

_FIRST_WAIT, _LONGEST_WAIT = 0.01, 0.25  # seconds


class Again(Exception):
    """The attempt has written a part of its change. `retrying` repeats it at once to write the rest."""


def retrying(attempt: Callable[[], Outcome], timeout: float | None = None) -> Outcome:
    """Call `attempt` until it succeeds, and return its outcome.

    An attempt reads, computes and writes. It is repeated after a wait when its write lost a race, was throttled, or had
    no response, and at once when it raises `Again`. It must be correct when it is repeated after a success, so it reads
    first. After `timeout` seconds (None: RETRY_SECONDS) no new attempt begins: raises Unavailable.
    """
    deadline = time.monotonic() + (settings.seconds("RETRY_SECONDS") if timeout is None else timeout)
    wait = _FIRST_WAIT
    while True:
        try:
            return attempt()
        except Again as unfinished:
            if time.monotonic() > deadline:
                raise Unavailable from unfinished
        except (ConditionFailed, Cancelled, Unavailable) as error:
            if time.monotonic() + wait > deadline:
                raise Unavailable from error
            time.sleep(random.uniform(0, wait))  # noqa: S311 - jitter, not a secret
            wait = min(wait * 2, _LONGEST_WAIT)
