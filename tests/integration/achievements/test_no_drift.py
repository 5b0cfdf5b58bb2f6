"""A user's points always equal the sum of their awards."""

import json
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laurels import clock, keys
from tests.events import Answer, together
from tests.integration.achievements.backfills import work
from tests.integration.achievements.catalogue import (
    adhoc,
    archive,
    award,
    counted,
    counted_lately,
    draft,
    earned,
    earned_lately,
    import_all,
    patch,
    reach,
    revoke,
)
from tests.integration.achievements.counting import count
from tests.integration.recorder import FAULTS, Recorder
from tests.integration.stats.deliveries import record
from tests.sizes import sized

steps = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", "d", "in-the-catalogue"]), st.lists(st.sampled_from(FAULTS), max_size=3)),
    min_size=1,
    max_size=8,
)


@settings(max_examples=sized(12, 25))
@given(steps)
def test_despite_failures(calls: Recorder, steps: list[tuple[str, list[dict[str, Any]]]]) -> None:
    import_all(draft("in-the-catalogue", points=1000))
    user_id, given_before = uuid4().hex, set()
    for number, (code, faults) in enumerate(steps, start=1):
        for fault in faults:
            calls.fail(**fault)
        body = {"code": code} if code == "in-the-catalogue" else adhoc(code, number)
        answer = award(body, user_id=user_id)
        assert answer.status == (200 if code in given_before else 201)
        given_before.add(code)
        assert counted(user_id) == earned(user_id)
    assert counted(user_id)[1] == len(given_before)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault['operation']}-{fault['error'].code}")
def test_despite_failures_and_concurrent_awards(calls: Recorder, fault: dict[str, Any]) -> None:
    calls.fail(**fault, times=5)
    bodies = [adhoc(f"n{number % 5}", 1 + number % 5) for number in range(12)]
    answers = together([partial(award, body) for body in bodies])
    assert sorted(answer.status for answer in answers) == [200] * 7 + [201] * 5
    assert counted() == earned() == (1 + 2 + 3 + 4 + 5, 5)


CODES = ["first", "five", "rich", "collector"]  # of the catalogue, all with criteria
codes = st.sampled_from([*CODES, "ad-hoc"])
actions = st.one_of(
    st.tuples(st.just("award"), codes),
    st.tuples(st.just("award of the past"), st.integers(1, 40)),
    st.tuples(st.just("revoke"), codes),
    st.tuples(st.just("count"), st.integers(-3, 5)),
    st.tuples(st.just("backfill"), st.sampled_from(CODES)),
    st.tuples(st.just("worth"), st.sampled_from(CODES)),
    st.tuples(st.just("archive"), st.sampled_from(CODES)),
    st.tuples(st.just("revive"), st.sampled_from(CODES)),
)
rounds = st.lists(st.lists(actions, min_size=1, max_size=5), min_size=1, max_size=6)


@settings(max_examples=sized(12, 25))
@given(rounds, st.lists(st.sampled_from(FAULTS), max_size=4))
def test_any_concurrent_operations(
    queues: Any, calls: Recorder, rounds: list[list[tuple[str, Any]]], faults: list[dict[str, Any]]
) -> None:
    """All of a round at once: awards, revocations, criteria that are met, changed and backfilled."""
    import_all(
        draft("first", points=3, criteria=reach(homeworks_completed=1)),
        draft("five", points=11, criteria=reach(homeworks_completed=5)),
        draft("rich", points=101, criteria=reach(points=10)),
        draft("collector", points=1009, criteria=reach(achievements=3)),
    )
    user_id = uuid4().hex
    for one_round in rounds:
        for fault in faults:
            calls.fail(**fault)
        answers = together([partial(_do, user_id, *each) for each in one_round])
        assert max(answer.status for answer in answers) < 500
        assert counted(user_id) == earned(user_id)
        assert counted_lately(user_id) == earned_lately(user_id)


def _do(user_id: str, what: str, which: Any) -> Answer:
    match what:
        case "award":
            return award(adhoc(which) if which == "ad-hoc" else {"code": which}, user_id=user_id)
        case "award of the past":
            at = clock.iso(clock.now() - timedelta(days=which))
            return award(adhoc("ad-hoc") | {"awarded_at": at}, user_id=user_id)
        case "revoke":
            return revoke(which, user_id=user_id)
        case "count":
            count(user_id, homeworks_completed=which)
        case "backfill":
            step = {"backfill_id": "x", "code": which, "shard": int(keys.standing(user_id).PK[-2:])}
            while work([record(json.dumps(step), "shard")]):
                pass  # what fails is delivered again
        case "worth":
            return patch({"points": 1 + uuid4().int % 100}, which)
        case "archive":
            return archive(which)
        case "revive":
            return patch({"is_active": True}, which)
    return Answer(200, {}, "")
