"""Which errors are retried, for how long, and with which delays."""

import random

import pytest
from botocore.exceptions import ClientError

from laurels import retries, settings
from laurels.errors import Invalid, Unavailable
from laurels.retries import Again
from laurels.table import Cancelled, ConditionFailed, Contended, Throttled, UnknownOutcome

PASSING = [ConditionFailed(None), Cancelled([]), Contended(), Throttled(), UnknownOutcome(), Unavailable()]
LASTING = [Invalid("no"), KeyError("x"), ClientError({"Error": {"Code": "ValidationException"}}, "PutItem")]


class Clock:
    """A clock that moves only while the code sleeps, and by as much as a test adds for an attempt."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(retries, "time", clock)
    return clock


@pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)
def test_transient_errors_are_retried(error: Exception, clock: Clock) -> None:
    errors = [error] * 5

    def attempt() -> str:
        if errors:
            raise errors.pop()
        return "done"

    assert retries.retrying(attempt) == "done"
    assert len(clock.slept) == 5


@pytest.mark.parametrize("error", LASTING, ids=lambda error: type(error).__name__)
def test_permanent_errors_are_not_retried(error: Exception, clock: Clock) -> None:
    tries = []

    def attempt() -> None:
        tries.append(1)
        raise error

    with pytest.raises(type(error)):
        retries.retrying(attempt)
    assert (tries, clock.slept) == ([1], [])


@pytest.mark.parametrize("timeout", [0.0, 1.0, settings.TIME_LIMITS["RETRY_SECONDS"]])
def test_retries_end_at_the_time_limit(timeout: float, clock: Clock) -> None:
    tries = []

    def attempt() -> None:
        tries.append(1)
        raise ConditionFailed(None)

    with pytest.raises(Unavailable) as raised:
        retries.retrying(attempt, timeout)
    assert raised.value.retry_after == 1
    assert clock.seconds <= timeout
    assert len(tries) == len(clock.slept) + 1


@pytest.mark.parametrize("error", [UnknownOutcome, Again])
def test_slow_attempts_count_towards_the_time_limit(error: type[Exception], clock: Clock) -> None:
    """A table that takes seconds to respond must not keep a function running beyond its time-out, whether the attempts
    fail or write parts."""
    tries = []

    def attempt() -> None:
        tries.append(1)
        clock.seconds += 3
        raise error

    with pytest.raises(Unavailable):
        retries.retrying(attempt, timeout=8)
    assert len(tries) == 3


def test_delays_are_random_and_grow_up_to_a_limit(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[float, float]] = []

    def longest_wait(low: float, high: float) -> float:
        asked.append((low, high))
        return high

    monkeypatch.setattr(random, "uniform", longest_wait)

    def attempt() -> None:
        raise Throttled

    with pytest.raises(Unavailable):
        retries.retrying(attempt)
    assert {low for low, _ in asked} == {0}
    highs = [high for _, high in asked]
    assert highs[:6] == [0.01, 0.02, 0.04, 0.08, 0.16, 0.25]
    assert set(highs[6:]) == {0.25}


def test_an_attempt_that_wrote_a_part_is_repeated_without_a_delay(clock: Clock) -> None:
    parts = [1, 2, 3]

    def attempt() -> str:
        if parts:
            parts.pop()
            raise Again
        return "done"

    assert retries.retrying(attempt) == "done"
    assert (parts, clock.slept) == ([], [])
