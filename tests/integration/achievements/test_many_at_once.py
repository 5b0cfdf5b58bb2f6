"""More awards at once than a transaction holds: all of them, once, whenever the function dies."""

from typing import Any

import pytest

from laurels.goals.targets import MAX_OPEN
from laurels.standings.models import Counter
from tests.integration.achievements.catalogue import (
    adhoc,
    award,
    counted,
    create,
    draft,
    earned,
    import_all,
    reach,
    standing,
)
from tests.integration.achievements.counting import count
from tests.integration.goals.learning import goal_id, shown
from tests.integration.recorder import Recorder
from tests.integration.stats.deliveries import deliver, record, records, update

pytestmark = pytest.mark.usefixtures("queues")

MANY = 200


def many(**criteria: Any) -> None:
    """More achievements than fit into two transactions."""
    for start in range(0, MANY, 99):
        import_all(
            *(draft(f"n{n:03d}", points=1 + n, criteria=reach(**criteria)) for n in range(start, min(start + 99, MANY)))
        )


ALL = (sum(range(1, MANY + 1)), MANY)


class Crashed(BaseException):
    """The function dies. Nothing of ours may catch it."""


@pytest.mark.parametrize(("crashes", "after"), [(0, False), (1, False), (1, True), (2, False), (2, True)])
def test_more_than_a_transaction_holds_are_all_earned_whenever_the_function_dies(
    calls: Recorder, crashes: int, after: bool
) -> None:
    many(homeworks_completed=1)
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


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_more_than_a_transaction_holds_follow_from_one_award_whenever_the_function_dies(
    calls: Recorder, after: bool
) -> None:
    many(points=1000)
    calls.fail("transact_write_items", Crashed(), after=after)
    with pytest.raises(Crashed):
        award(adhoc("olympiad", 1000))
    assert counted() == earned()
    answer = award(adhoc("olympiad", 1000))
    assert answer.status == (200 if after else 201)
    assert counted() == earned() == (ALL[0] + 1000, MANY + 1)
    assert award(adhoc("olympiad", 1000)).status == 200
    assert counted() == earned() == (ALL[0] + 1000, MANY + 1)


def test_awards_and_goals_that_are_too_many_together_come_one_after_the_other() -> None:
    import_all(*(draft(f"n{n:02d}", points=1 + n, criteria=reach(homeworks_completed=1)) for n in range(70)))
    goals = [goal_id(target={"metric": "homeworks_completed", "value": 1}) for _ in range(MAX_OPEN)]
    count(homeworks_completed=1)
    assert counted() == earned() == (sum(range(1, 71)), 70)
    assert {shown(goal).body["status"] for goal in goals} == {"completed"}
    assert standing().counters[Counter.HOMEWORKS_COMPLETED] == 1
