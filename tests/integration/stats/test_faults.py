"""Transient failures of the table, before and after the write: in the end each update has counted once."""

from datetime import timedelta
from typing import Any

import pytest

from laurels.errors import Unavailable
from laurels.standings import rules as standings_rules
from laurels.standings import service as standings
from laurels.standings.models import Counter, Standing
from laurels.stats import rules as stats_rules
from laurels.stats import service
from laurels.table import ConditionFailed, Contended, Throttled, UnknownOutcome
from tests.integration.conftest import Queues
from tests.integration.recorder import Recorder
from tests.integration.stats.deliveries import deliver, ids, record, records, update


def homeworks(user_id: str = "42") -> int:
    return standings.get(user_id).counters[Counter.HOMEWORKS_COMPLETED]


@pytest.fixture
def _no_time_to_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCH_SECONDS", "0")


@pytest.mark.parametrize("first", [True, False], ids=["the user's first batch", "a later batch"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("times", [1, 5])
@pytest.mark.parametrize("error", [Throttled, Contended, UnknownOutcome], ids=lambda error: error.__name__)
def test_a_failed_write_is_retried_and_counts_once(
    error: type[Unavailable], times: int, after: bool, first: bool, queues: Queues, calls: Recorder
) -> None:
    if not first:
        deliver(records([update("before")]))
    calls.fail("put_item", error(), after=after, times=times)
    assert deliver(records([update("1"), update("2"), update("3")])) == []
    assert homeworks() == 3 + (not first)


def test_a_write_that_the_sdk_repeated_after_its_answer_was_lost_counts_once(queues: Queues, calls: Recorder) -> None:
    """The first try wrote; the second one finds the revision changed."""
    calls.fail("put_item", ConditionFailed(None), after=True)
    assert deliver(records([update("1")])) == []
    assert homeworks() == 1
    assert calls.operations().count("put_item") == 1


@pytest.mark.parametrize("error", [Throttled, UnknownOutcome], ids=lambda error: error.__name__)
def test_a_failed_read_is_retried(error: type[Unavailable], queues: Queues, calls: Recorder) -> None:
    calls.fail("batch_get_item", error(), times=3)
    assert deliver(records([update("1")])) == []
    assert homeworks() == 1


def test_a_stale_read_does_not_count_twice(queues: Queues, calls: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads are eventually consistent: the condition of the write catches what they have missed."""
    deliver(records([update("1"), update("2")]))
    monkeypatch.setattr(standings, "of", _stale_once(Standing("42")))
    assert deliver(records([update("2"), update("3")])) == []
    assert homeworks() == 3


def _stale_once(standing: Standing) -> Any:
    truly, stale = standings.of, [standing]
    return lambda user_id, item: stale.pop() if stale else truly(user_id, item)


@pytest.mark.usefixtures("_no_time_to_retry")
def test_at_the_time_limit_only_the_group_is_redelivered_and_then_exact(queues: Queues, calls: Recorder) -> None:
    ours = records([update("1", "ours"), update("2", "ours")])
    others = records([update("1", "other"), update("1", "another")])
    batch = [ours[0], others[0], ours[1], others[1]]
    calls.fail("put_item", Throttled())  # the first user of the batch
    assert deliver(batch) == ids(ours)
    assert [homeworks(user_id) for user_id in ("ours", "other", "another")] == [0, 1, 1]
    assert deliver(ours) == []
    assert deliver(batch) == []
    assert [homeworks(user_id) for user_id in ("ours", "other", "another")] == [2, 1, 1]


@pytest.mark.usefixtures("_no_time_to_retry")
def test_a_redelivered_update_whose_write_had_no_response_counts_once(queues: Queues, calls: Recorder) -> None:
    batch = records([update("1"), update("2")])
    calls.fail("put_item", UnknownOutcome(), after=True)
    assert deliver(batch) == ids(batch)
    assert homeworks() == 2
    assert deliver(batch) == []
    assert homeworks() == 2


@pytest.mark.usefixtures("_no_time_to_retry")
def test_a_parked_message_is_not_redelivered_with_its_group(queues: Queues, calls: Recorder) -> None:
    poison, good = record("poison", "42"), records([update("1")])
    calls.fail("put_item", Throttled())
    assert deliver([poison, *good]) == ids(good)


@pytest.mark.usefixtures("_no_time_to_retry")
def test_a_failed_group_of_several_users_is_redelivered_whole(queues: Queues, calls: Recorder) -> None:
    """A producer may group as it likes; the order within a group is kept all the same."""
    batch = [record(body["body"], "class 7b") for body in records([update("1", "a"), update("1", "b")])]
    calls.fail("put_item", Throttled())
    assert deliver(batch) == ids(batch)
    assert (homeworks("a"), homeworks("b")) == (0, 1)
    assert deliver(batch) == []
    assert (homeworks("a"), homeworks("b")) == (1, 1)


def test_a_message_that_trips_the_parser_fails_its_own_group_alone(
    queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trip(*_: object) -> None:
        raise ZeroDivisionError

    batch = records([update("1", "ours")])
    with monkeypatch.context() as broken:
        broken.setattr(stats_rules, "check_age", trip)
        assert deliver(batch) == ids(batch)
    assert deliver(batch) == []
    assert homeworks("ours") == 1


def test_an_unforeseen_error_fails_only_its_group(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    truly = standings_rules.count

    def stumble(standing: Standing, *arguments: Any) -> None:
        if standing.user_id == "ours":
            raise ZeroDivisionError
        truly(standing, *arguments)

    ours, others = records([update("1", "ours")]), records([update("1", "other")])
    with monkeypatch.context() as broken:
        broken.setattr(standings_rules, "count", stumble)
        assert deliver([*ours, *others]) == ids(ours)
    assert (homeworks("ours"), homeworks("other")) == (0, 1)
    assert deliver(ours) == []
    assert homeworks("ours") == 1


def test_a_table_that_is_down_does_not_keep_the_function_beyond_its_time(
    queues: Queues, calls: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten users share ten seconds, of the function's fifteen."""
    monkeypatch.setenv("BATCH_SECONDS", "10")
    given: list[float] = []

    def give_up(_attempt: object, timeout: float) -> None:
        given.append(timeout)
        raise Unavailable

    monkeypatch.setattr(service, "retrying", give_up)
    batch = records([update("1", f"user-{number}") for number in range(10)])
    assert deliver(batch) == ids(batch)
    assert sum(given) == pytest.approx(10)


def test_the_smallest_grades_are_0_and_the_longest_are_kept(queues: Queues) -> None:
    """DynamoDB refuses numbers between 0 and 1e-130, and with them the whole item."""
    for number, (sent, kept) in enumerate([(5e-324, 0.0), (-0.0, 0.0), (10.100000000000001, 10.100000000000001)]):
        graded = update(f"{number}", ago=timedelta(days=9 - number), increments={}, values={"average_grade": sent})
        assert deliver(records([graded])) == []
        assert standings.get("42").average_grade == kept
