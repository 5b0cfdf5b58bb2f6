"""The standing's count of open targets always equals the number of such goals, and reached targets are completed."""

from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laurels import keys, table
from laurels.goals import rules
from laurels.table import UnknownOutcome
from tests.events import Answer, together, user
from tests.integration.goals.learning import count, open_targets, remove, rewrite, set_goal, standing, work
from tests.integration.recorder import FAULTS, Recorder
from tests.sizes import sized

FAULTS_OF_GOALS: list[dict[str, Any]] = [
    *FAULTS,
    {"operation": "query", "error": UnknownOutcome(), "after": True},
    {"operation": "put_item", "error": UnknownOutcome(), "after": True},
    {"operation": "delete_item", "error": UnknownOutcome(), "after": True},
]
numbers = st.integers(1, 6)
targets = st.none() | numbers.map(lambda value: {"metric": "tests_passed", "value": value})
bodies = st.builds(
    lambda target, status: {"title": "x", "target": target, "status": status},
    targets,
    st.sampled_from(["in-progress", "in-progress", "completed", "abandoned"]),
)
which = st.integers(0, 3)
steps = st.lists(
    st.tuples(
        st.one_of(
            st.tuples(st.just("set"), bodies),
            st.tuples(st.just("rewrite"), which, bodies),
            st.tuples(st.just("remove"), which),
            st.tuples(st.just("work"), which),
            st.tuples(st.just("count"), st.integers(-3, 3)),
        ),
        st.lists(st.sampled_from(FAULTS_OF_GOALS), max_size=2),
    ),
    max_size=12,
)


def none_reached_is_open(user_id: str) -> bool:
    found = standing(user_id)
    goals = table.query_all(keys.goal(user_id), consistent=True)
    return not any(rules.is_open(goal) and rules.is_reached(goal["target"], found) for goal in goals)


@settings(max_examples=sized(15, 40))
@given(steps)
def test_any_operations_with_failures(calls: Recorder, steps: list[tuple[tuple[Any, ...], list[Any]]]) -> None:
    user_id = uuid4().hex
    caller, goals = user(user_id), ["0" * 32]
    for (what, *how), faults in steps:
        for fault in faults:
            calls.fail(**fault)
        answer: Answer | None = None
        match what:
            case "set":
                answer = set_goal(how[0], caller)
                goals.append(answer.body["goal_id"])
            case "rewrite":
                answer = rewrite(goals[how[0] % len(goals)], how[1], caller)
            case "remove":
                answer = remove(goals[how[0] % len(goals)], caller)
            case "work":
                answer = work(goals[how[0] % len(goals)], None, caller)
            case _:
                count(how[0], user_id=user_id)
        calls.relent()
        assert answer is None or answer.status < 500
        counted, there = open_targets(user_id)
        assert counted == there
        assert none_reached_is_open(user_id)


@pytest.mark.parametrize("_time", range(3))
def test_when_everything_happens_at_once(_time: int) -> None:
    anna = user("anna")
    made = [set_goal({"title": "x", "target": {"metric": "tests_passed", "value": n}}).body for n in range(3, 9)]
    ids = [goal["goal_id"] for goal in made]
    target = {"metric": "tests_passed", "value": 4}

    def stat() -> Answer:
        count(2)
        return Answer(200, {}, "{}")

    answers = together(
        [
            *(partial(remove, each) for each in ids[:2]),
            *(partial(rewrite, each, {"title": "y", "target": target}) for each in ids[1:4]),
            partial(rewrite, ids[4], {"title": "y", "status": "abandoned"}),
            *(partial(work, each) for each in ids[2:5]),
            *[partial(set_goal, {"title": "z", "target": target}, anna)] * 3,
            *[stat] * 2,
        ]
    )
    assert {answer.status for answer in answers} <= {200, 201, 204, 404, 409}
    counted, there = open_targets()
    assert counted == there
    assert none_reached_is_open("anna")
