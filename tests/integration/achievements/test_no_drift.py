"""Points are always what the awards that are there add up to."""

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from laurels.table import Contended, Throttled, UnknownOutcome
from tests.events import together
from tests.integration.achievements.catalogue import adhoc, award, counted, draft, earned, import_all
from tests.integration.recorder import Recorder

FAULTS: list[dict[str, Any]] = [
    {"operation": "batch_get_item", "error": Throttled()},
    {"operation": "batch_get_item", "error": UnknownOutcome(), "after": True},
    {"operation": "transact_write_items", "error": Contended()},
    {"operation": "transact_write_items", "error": UnknownOutcome()},
    {"operation": "transact_write_items", "error": UnknownOutcome(), "after": True},
]
steps = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", "d", "in-the-catalogue"]), st.lists(st.sampled_from(FAULTS), max_size=3)),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps)
def test_whatever_fails_on_the_way(calls: Recorder, steps: list[tuple[str, list[dict[str, Any]]]]) -> None:
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
def test_whatever_fails_while_others_award_too(calls: Recorder, fault: dict[str, Any]) -> None:
    calls.fail(**fault, times=5)
    bodies = [adhoc(f"n{number % 5}", 1 + number % 5) for number in range(12)]
    answers = together([lambda body=body: award(body) for body in bodies])  # type: ignore[misc]
    assert sorted(answer.status for answer in answers) == [200] * 7 + [201] * 5
    assert counted() == earned() == (1 + 2 + 3 + 4 + 5, 5)
