"""Goals complete when services send stat updates."""

from collections import Counter as Tally
from datetime import timedelta
from functools import partial
from itertools import cycle
from typing import Any

import pytest

from laurels import keys, table
from laurels.standings.models import Counter
from laurels.table import Throttled, UnknownOutcome
from tests.events import Answer, together
from tests.integration.achievements.catalogue import adhoc, award, create, draft, earned
from tests.integration.goals.learning import goal_id, open_targets, rewrite, shown, standing, work
from tests.integration.recorder import Recorder
from tests.integration.stats.deliveries import deliver, records, update

pytestmark = pytest.mark.usefixtures("queues")

HOMEWORKS = {"metric": "homeworks_completed", "value": 3}
POINTS = {"metric": "points", "value": 50}


def homeworks(*event_ids: str) -> list[dict[str, Any]]:
    return records([update(each, "anna") for each in event_ids])


def test_a_stat_update_completes_a_goal_once_and_for_all() -> None:
    goal, other = goal_id(target=HOMEWORKS), goal_id(target=HOMEWORKS | {"value": 4})
    assert deliver(homeworks("a", "b")) == []
    assert (shown(goal).body["status"], shown(goal).body["progress"]) == ("in-progress", 66)
    assert deliver(homeworks("c")) == []
    first = shown(goal)
    assert (first.body["status"], first.body["progress"]) == ("completed", 100)
    for _ in range(3):
        assert deliver(homeworks("a", "b", "c")) == []
    assert shown(goal).headers["etag"] == first.headers["etag"]
    assert (shown(other).body["status"], open_targets()) == ("in-progress", (1, 1))


def test_points_of_an_award_complete_a_goal() -> None:
    goal, count = goal_id(target=POINTS), goal_id(target={"metric": "achievements", "value": 2})
    award(adhoc("a", 49))
    assert shown(goal).body["progress"] == 98
    award(adhoc("b", 1))
    assert {shown(each).body["status"] for each in (goal, count)} == {"completed"}
    assert open_targets() == (0, 0)


def test_an_achievement_that_awards_itself_completes_a_goal_in_the_same_message() -> None:
    create(draft(points=50, criteria={"all": [{"metric": "homeworks_completed", "op": "gte", "value": 3}]}))
    goals = [goal_id(target=HOMEWORKS), goal_id(target=POINTS), goal_id(target={"metric": "achievements", "value": 1})]
    assert deliver(homeworks("a", "b", "c")) == []
    assert earned() == (50, 1)
    assert {shown(goal).body["status"] for goal in goals} == {"completed"}
    assert open_targets() == (0, 0)


def test_a_grade_completes_a_goal() -> None:
    goal = goal_id(target={"metric": "average_grade", "value": 90})
    deliver(records([update("a", "anna", increments={}, values={"average_grade": 89.9})]))
    assert (shown(goal).body["status"], shown(goal).body["progress"]) == ("in-progress", 99)
    deliver(records([update("b", "anna", increments={}, values={"average_grade": 90.5})]))
    assert shown(goal).body["status"] == "completed"


def test_an_older_grade_that_arrives_later_completes_nothing() -> None:
    deliver(records([update("a", "anna", increments={}, values={"average_grade": 50})]))
    goal = goal_id(target={"metric": "average_grade", "value": 90})
    late = update("b", "anna", ago=timedelta(days=1), increments={}, values={"average_grade": 95})
    deliver(records([late]))
    assert shown(goal).body["status"] == "in-progress"


@pytest.mark.parametrize(
    "faults",
    [
        [("query", Throttled(), False)],
        [("transact_write_items", UnknownOutcome(), True)],
        [("transact_write_items", UnknownOutcome(), False), ("transact_write_items", Throttled(), False)],
    ],
)
def test_despite_failures_it_counts_once_and_completes(
    calls: Recorder, faults: list[tuple[str, Exception, bool]]
) -> None:
    goal = goal_id(target=HOMEWORKS)
    for operation, error, after in faults:
        calls.fail(operation, error, after=after)
    for _ in range(5):
        if not deliver(homeworks("a", "b", "c")):
            break
    assert shown(goal).body["status"] == "completed"
    assert (standing().counters[Counter.HOMEWORKS_COMPLETED], open_targets()) == (3, (0, 0))


def test_stats_awards_check_ins_and_rewrites_at_once_all_count() -> None:
    goal, other = goal_id(target=HOMEWORKS), goal_id(target=POINTS)

    def send(event_id: str) -> Answer:
        for _ in range(20):
            if not deliver(homeworks(event_id)):
                return Answer(200, {}, "{}")
        return Answer(503, {}, "{}")

    titles = cycle(("x", "y"))
    answers = together(
        [
            *(partial(send, event_id) for event_id in "abcab"),
            *(partial(award, adhoc(code, 25)) for code in ("p", "q", "p")),
            *(partial(work, each) for each in (goal, other)),
            *(partial(rewrite, goal, {"title": next(titles), "target": HOMEWORKS}) for _ in range(2)),
        ]
    )
    assert Tally(answer.status // 100 for answer in answers).keys() <= {2, 4}
    assert {answer.status for answer in answers if answer.status >= 400} <= {409}
    assert {shown(each).body["status"] for each in (goal, other)} == {"completed"}
    assert (standing().counters[Counter.HOMEWORKS_COMPLETED], earned(), open_targets()) == (3, (50, 2), (0, 0))
    assert len(list(table.query_all(keys.goal("anna")))) == 2
