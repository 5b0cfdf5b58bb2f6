"""Optimistic changes: read, think, write on condition that nobody else did, and again if somebody was first."""

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
    """The outcome of `attempt`, which reads, thinks and writes, and is tried again when its write lost a race, was
    turned away, or had no answer. It must therefore be right when it is repeated after a success: it reads first.
    An attempt that raises `Again` has made progress, so it is repeated without waiting.

    After `patience` seconds (None: PATIENCE) no new attempt is begun: raises Unavailable.
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
