"""Optimistic concurrency: read, compute, write conditionally, retry on conflict."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from laurels.errors import Unavailable
from laurels.table import Cancelled, ConditionFailed

Outcome = TypeVar("Outcome")

PATIENCE = 5.0  # seconds: an endpoint has 10, and the last attempt may be a slow one
_FIRST_WAIT, _LONGEST_WAIT = 0.01, 0.25  # seconds


class Again(Exception):
    """The attempt has written a part of its change. `retrying` repeats it at once to write the rest."""


def retrying(attempt: Callable[[], Outcome], patience: float | None = None) -> Outcome:
    """Calls `attempt` until it succeeds, and returns its outcome.

    An attempt reads, computes and writes. It is repeated after a wait when its write lost a race, was throttled, or had
    no answer, and at once when it raises `Again`. It must be correct when it is repeated after a success, so it reads
    first. After `patience` seconds (None: PATIENCE) no new attempt begins: raises Unavailable.
    """
    deadline = time.monotonic() + (PATIENCE if patience is None else patience)
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
