"""More awards at once than a transaction holds: all are given, once, wherever the function dies."""

from typing import Any

import pytest

from laurels import keys, table
from laurels.achievements import earning
from laurels.goals.targets import MAX_OPEN
from laurels.standings.models import Counter
from tests.integration.achievements.catalogue import (
    adhoc,
    award,
    backfill,
    counted,
    create,
    draft,
    earned,
    import_all,
    reach,
    revoke,
    standing,
)
from tests.integration.achievements.counting import count
from tests.integration.goals.learning import goal_id, shown
from tests.integration.recorder import Recorder
from tests.integration.stats.deliveries import deliver, record, records, update

pytestmark = pytest.mark.usefixtures("queues")

MANY = 20
ALL = (sum(range(1, MANY + 1)), MANY)


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Transactions of a tenth of the size: that many do not fit into two."""
    monkeypatch.setattr(earning, "TRANSACTION", 10)
    monkeypatch.setattr(earning, "FIRST_PART", 8)


def define(many: int, **criteria: Any) -> None:
    rows = [draft(f"n{n:03d}", points=1 + n, criteria=reach(**criteria)) for n in range(many)]
    for start in range(0, many, 99):
        assert import_all(*rows[start : start + 99]).body["failed"] == 0


def codes() -> set[str]:
    return {item["code"] for item in table.query_all(keys.award("anna"))}


class Crashed(BaseException):
    """The function dies. Nothing of ours may catch it."""


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize(("crashes", "after"), [(0, False), (1, False), (1, True), (2, False), (2, True)])
def test_more_than_a_transaction_holds_are_all_earned_whenever_the_function_dies(
    calls: Recorder, crashes: int, after: bool
) -> None:
    define(MANY, homeworks_completed=1)
    create(draft("rich", points=7, criteria=reach(points=5)))  # follows from what a first part brings
    batch = [record(each["body"], "anna") for each in records([update("all", "anna")])]
    for part in range(crashes):
        for _ in range(part):
            calls.meanwhile("transact_write_items", lambda: None)
        calls.fail("transact_write_items", Crashed(), after=after)
        with pytest.raises(Crashed):
            deliver(batch)
        assert counted() == earned()
    assert deliver(batch) == []
    assert counted() == earned() == (ALL[0] + 7, MANY + 1)
    assert standing().counters[Counter.HOMEWORKS_COMPLETED] == 1
    deliver(batch)
    assert counted() == earned() == (ALL[0] + 7, MANY + 1)


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_more_than_a_transaction_holds_follow_from_one_award_whenever_the_function_dies(
    calls: Recorder, after: bool
) -> None:
    define(MANY, points=1000)
    calls.fail("transact_write_items", Crashed(), after=after)
    with pytest.raises(Crashed):
        award(adhoc("olympiad", 1000))
    assert counted() == earned()
    answer = award(adhoc("olympiad", 1000))
    assert answer.status == (200 if after else 201)
    assert counted() == earned() == (ALL[0] + 1000, MANY + 1)
    assert award(adhoc("olympiad", 1000)).status == 200
    assert counted() == earned() == (ALL[0] + 1000, MANY + 1)


@pytest.mark.usefixtures("_small")
def test_awards_written_in_parts_end_like_any_others() -> None:
    define(MANY, homeworks_completed=1)
    create(draft("rich", points=7, criteria=reach(points=5)))
    count(homeworks_completed=1)
    revoke("rich")
    revoke("n001")
    assert award({"code": "n000"}).status == 200
    assert award({"code": "n001"}).status == 201
    count(homeworks_completed=-1)
    count(homeworks_completed=1)  # they are met anew, and there
    assert codes() == {f"n{n:03d}" for n in range(MANY)}
    assert counted() == earned() == ALL
    assert backfill("n000", dry_run=True).body["count"] == 0


@pytest.mark.usefixtures("_small")
def test_an_award_between_two_parts_does_not_block_the_rest(calls: Recorder) -> None:
    define(MANY, homeworks_completed=1)
    import_all(draft("rich", points=7, criteria=reach(points=5)), draft("richer", points=9, criteria=reach(points=40)))
    batch = records([update("all", "anna")])
    calls.fail("transact_write_items", Crashed(), after=True)
    with pytest.raises(Crashed):
        deliver(batch)
    assert award(adhoc("olympiad", 100)).status == 201
    assert codes() == {"olympiad", "richer", *(f"n{n:03d}" for n in range(8))}
    assert deliver(batch) == []
    assert counted() == earned() == (ALL[0] + 7 + 9 + 100, MANY + 3)


def test_a_transaction_holds_no_more_than_a_hundred_changes() -> None:
    define(200, homeworks_completed=1)
    count(homeworks_completed=1)
    assert counted() == earned() == (sum(range(1, 201)), 200)


def test_awards_and_goals_that_are_too_many_together_come_one_after_the_other() -> None:
    import_all(*(draft(f"n{n:02d}", points=1 + n, criteria=reach(homeworks_completed=1)) for n in range(70)))
    goals = [goal_id(target={"metric": "homeworks_completed", "value": 1}) for _ in range(MAX_OPEN)]
    count(homeworks_completed=1)
    assert counted() == earned() == (sum(range(1, 71)), 70)
    assert {shown(goal).body["status"] for goal in goals} == {"completed"}
    assert standing().counters[Counter.HOMEWORKS_COMPLETED] == 1
