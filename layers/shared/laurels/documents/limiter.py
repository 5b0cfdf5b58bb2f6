"""How often a user may start a processing: 3 times in 60 seconds; one attempt more blocks for 30 seconds. No I/O.

The state is in one item. Asking while blocked prolongs nothing, and after a block all starts are free again.
"""

from typing import NamedTuple

STARTS, WINDOW, BLOCK = 3, 60_000, 30_000  # the latter two in milliseconds


class State(NamedTuple):
    """When the latest processings were started, and until when starting is blocked (epoch milliseconds)."""

    starts: tuple[int, ...] = ()
    blocked_until: int = 0


def start(state: State, now: int) -> tuple[State, int]:
    """Return the state after an attempt to start, and the milliseconds to wait; 0 if it may start."""
    if now < state.blocked_until:
        return state, state.blocked_until - now
    recent = tuple(each for each in state.starts if now - WINDOW < each)
    if len(recent) < STARTS:
        return State((*recent, now)), 0
    return State((), now + BLOCK), BLOCK
