"""Optimistic changes: read, think, write on condition that nobody else did, and again if somebody was first."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from laurels import settings
from laurels.errors import Unavailable
from laurels.table import Cancelled, ConditionFailed

Outcome = TypeVar("Outcome")

_FIRST_WAIT, _LONGEST_WAIT = 0.01, 0.25  # seconds


def retrying(attempt: Callable[[], Outcome], timeout: float | None = None) -> Outcome:
    """The outcome of `attempt`, which reads, thinks and writes, and is tried again when its write lost a race, was
    turned away, or had no answer. It must therefore be right when it is repeated after a success: it reads first.

    After `timeout` seconds (None: RETRY_SECONDS) no new attempt begins: raises Unavailable.
    """
    deadline = time.monotonic() + (settings.seconds("RETRY_SECONDS") if timeout is None else timeout)
    wait = _FIRST_WAIT
    while True:
        try:
            return attempt()
        except (ConditionFailed, Cancelled, Unavailable) as error:
            if time.monotonic() + wait > deadline:
                raise Unavailable from error
            time.sleep(random.uniform(0, wait))  # noqa: S311 - jitter, not a secret
            wait = min(wait * 2, _LONGEST_WAIT)
