"""The table requests of each endpoint of goals and badges."""

from collections.abc import Callable

import pytest

from tests.events import Answer
from tests.integration.badges import ownbadges
from tests.integration.goals.learning import (
    BORIS,
    TESTS,
    count,
    goal_id,
    listed,
    remove,
    rewrite,
    set_goal,
    shown,
    work,
)
from tests.integration.recorder import Recorder

TARGETED = {"title": "x", "target": TESTS}

Requests = list[str]
READ, MANY, LIST = "get_item", "batch_get_item", "query"
PUT, CHANGE, DELETE, TRANSACTION = "put_item", "update_item", "delete_item", "transact_write_items"

# Each is asked with the ids of a plain goal, of one with a target and a check-in, and of a badge.
COSTS: dict[str, tuple[Callable[[str, str, str], Answer], int, Requests]] = {
    "a goal": (lambda *_: set_goal(), 201, [MANY, LIST, PUT]),
    "a goal with a target": (lambda *_: set_goal(TARGETED), 201, [MANY, LIST, TRANSACTION]),
    "a goal with a key": (
        lambda *_: set_goal(headers={"idempotency-key": "k"}),
        201,
        [TRANSACTION, CHANGE, MANY, LIST, PUT, PUT],
    ),
    "a user's goals": (lambda *_: listed(BORIS), 200, [MANY, LIST]),
    "one's own goals by status": (lambda *_: listed(status="in-progress"), 200, [MANY, LIST]),
    "a user's goal": (lambda plain, *_: shown(plain, BORIS), 200, [MANY]),
    "another title": (lambda plain, *_: rewrite(plain, {"title": "x"}), 200, [MANY, PUT]),
    "another title of one with a target": (lambda _, aimed, __: rewrite(aimed, TARGETED), 200, [MANY, PUT]),
    "a target": (lambda plain, *_: rewrite(plain, TARGETED), 200, [MANY, TRANSACTION]),
    "another's goal": (lambda plain, *_: rewrite(plain, {"title": "x"}, BORIS), 404, [MANY]),
    "a goal that somebody else names": (lambda plain, *_: rewrite(plain, {"title": "x"}, BORIS, "anna"), 404, []),
    "a check-in": (lambda plain, *_: work(plain), 201, [MANY, TRANSACTION]),
    "a check-in that is there": (lambda _, aimed, __: work(aimed), 200, [MANY]),
    "the end of a goal": (lambda plain, *_: remove(plain), 204, [MANY, DELETE]),
    "the end of one with a target": (lambda _, aimed, __: remove(aimed), 204, [MANY, TRANSACTION]),
    "a badge": (lambda *_: ownbadges.make(), 201, [LIST, MANY, PUT]),
    "a user's badges": (lambda *_: ownbadges.listed(BORIS), 200, [MANY, LIST]),
    "the end of a badge": (lambda _, __, badge: ownbadges.remove(badge), 204, [MANY, DELETE]),
}


@pytest.mark.parametrize("what", COSTS)
def test_an_endpoint_costs_these_requests(what: str, calls: Recorder) -> None:
    plain, aimed, badge = goal_id(), goal_id(target=TESTS), ownbadges.make().body["badge_id"]
    work(aimed)
    ask, status, requests = COSTS[what]
    calls.made.clear()
    assert ask(plain, aimed, badge).status == status
    assert calls.operations() == requests


def test_a_stat_costs_one_query_more_where_a_target_is_open(calls: Recorder) -> None:
    for requests in ([READ, PUT], [READ, LIST, PUT], [READ, LIST, TRANSACTION], [READ, PUT]):
        calls.made.clear()
        count(5)
        assert calls.operations() == requests
        if requests == [READ, PUT] and not listed().body["items"]:
            goal_id(target={"metric": "tests_passed", "value": 15})
