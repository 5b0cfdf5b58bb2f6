"""The limit of starts: 3 in 60 seconds, one more blocks for 30 seconds."""

from hypothesis import given
from hypothesis import strategies as st

from laurels.documents import limiter
from laurels.documents.limiter import State


def oracle(attempts: list[int]) -> list[int]:
    """The waits by the words of the rule, from the whole history: accepted starts and blocks."""
    accepted: list[int] = []
    blocks: list[int] = []
    waits = []
    for now in attempts:
        if blocks and now < blocks[-1] + 30_000:
            waits.append(blocks[-1] + 30_000 - now)
        elif sum(now - 60_000 < each for each in accepted if not blocks or each >= blocks[-1]) < 3:
            accepted.append(now)
            waits.append(0)
        else:
            blocks.append(now)
            waits.append(30_000)
    return waits


@given(st.lists(st.integers(0, 40_000), max_size=60))
def test_any_history_is_as_the_rule_says(pauses: list[int]) -> None:
    state, now, attempts, waits = State(), 1_000_000, [], []
    for pause in pauses:
        now += pause
        state, wait = limiter.start(state, now)
        attempts.append(now)
        waits.append(wait)
        assert len(state.starts) <= limiter.STARTS
    assert waits == oracle(attempts)


def test_asking_while_blocked_prolongs_nothing() -> None:
    state = State()
    for now in (0, 1, 2):
        state, wait = limiter.start(state, now)
        assert wait == 0
    state, wait = limiter.start(state, 10)
    assert wait == 30_000
    blocked = state
    for now in (11, 20_000, 30_009):
        state, wait = limiter.start(state, now)
        assert (state, wait) == (blocked, 30_010 - now)
    waits = []
    for now in (30_010, 30_010, 30_011, 30_012):
        state, wait = limiter.start(state, now)
        waits.append(wait)
    assert waits == [0, 0, 0, 30_000]
