"""Replaying a history: send all its updates to the queue in order, and wait until they have counted."""

import random
import time
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, NamedTuple, TextIO

from local import progress
from local.demo import stat_updates

_AT_ONCE = 200  # updates between two looks at the progress


class Report(NamedTuple):
    """What was done. `sent` counts each update once, `again` those that were sent a second time."""

    sent: int
    again: int
    refused: list[stat_updates.Refusal]
    seconds: float

    def __str__(self) -> str:
        rate = (self.sent + self.again) / self.seconds if self.seconds else 0.0
        return (
            f"{self.sent:,} updates sent, {self.again:,} of them twice, {len(self.refused):,} rejected; "
            f"all counted after {self.seconds:.1f} s ({rate:,.0f} messages a second)"
        )


def replay(
    lines: Sequence[str],
    queue_url: str,
    sqs: Any,
    left: Callable[[], int],
    *,
    duplicates: float = 0.0,
    limits: stat_updates.Limits | None = None,
    terminal: TextIO | None = None,
) -> Report:
    """Send JSON lines and wait until `left` (messages that have not counted yet) returns 0 twice.

    `duplicates` is the share that is sent twice, the second time later and past the queue's deduplication. Updates
    outside of `limits` are refused. A bar on `terminal` shows the progress. Raises stat_updates.SendError.
    """
    began = time.monotonic()
    chance = random.Random(0)  # noqa: S311 - a sample, not a secret
    sent, again = 0, 0
    refused: list[stat_updates.Refusal] = []
    later: list[str] = []
    for start in chain(range(0, len(lines), _AT_ONCE), (len(lines),)):
        now = lines[start : start + _AT_ONCE]
        count, bad = stat_updates.send(now, queue_url, sqs, limits=limits)
        sent += count
        refused += [(start + number, reason) for number, reason in bad]
        again += stat_updates.send(later, queue_url, sqs, again=True, limits=limits)[0]
        later = [line for line in now if chance.random() < duplicates]
        chance.shuffle(later)
        progress.show(terminal, "sent", sent, len(lines))
    total = sent + again
    quiet = 0
    while quiet < 2:
        waiting = left()
        quiet = 0 if waiting else quiet + 1
        progress.show(terminal, "counted", max(total - waiting, 0), total)
        if quiet < 2:
            time.sleep(0.2)
    progress.wipe(terminal)
    return Report(sent, again, refused, time.monotonic() - began)
