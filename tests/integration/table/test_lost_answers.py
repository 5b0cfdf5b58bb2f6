"""A write succeeds and its response is lost, so the client repeats it: what is written, and what the caller sees."""

import pytest

from laurels import table
from laurels.keys import Key
from laurels.table import ConditionFailed, UnknownOutcome
from laurels.writes import ABSENT, Delete, Put, Update
from tests.dynamodb_local.server import needed
from tests.integration.table.front import Behaviour, Front, cut_answer, garble_answer, lose_answer, lose_request, refuse

KEY = Key("USER#1", "PROFILE")
ITEM = {**KEY._asdict(), "count": 1}
OTHER = Key("USER#1", "OTHER")
TRIES = 3
LOSSES = [lose_answer, cut_answer, garble_answer]


@pytest.mark.parametrize("loss", LOSSES)
def test_a_conditional_put_is_written_once_and_the_failure_shows_it_standing(front: Front, loss: Behaviour) -> None:
    front.script = [loss]
    with pytest.raises(ConditionFailed) as failure:
        table.write(Put(ITEM, ABSENT))
    assert failure.value.item == ITEM
    assert front.seen == ["PutItem"] * 2
    assert table.get(KEY) == ITEM


@pytest.mark.parametrize("loss", LOSSES)
def test_a_conditional_count_counts_once_and_the_failure_shows_it_counted(front: Front, loss: Behaviour) -> None:
    table.write(Put(ITEM))
    front.script = [loss]
    with pytest.raises(ConditionFailed) as failure:
        table.write(Update(KEY, add={"count": 1}, when={"count": 1}))
    assert failure.value.item == {**ITEM, "count": 2}
    assert table.get(KEY) == {**ITEM, "count": 2}


def test_a_conditional_delete_happens_and_the_failure_shows_nothing_standing(front: Front) -> None:
    table.write(Put(ITEM))
    front.script = [lose_answer]
    with pytest.raises(ConditionFailed) as failure:
        table.write(Delete(KEY, {"count": 1}))
    assert failure.value.item is None


def test_a_count_without_a_condition_counts_twice(front: Front) -> None:
    """Why whatever must be counted once has a condition or is part of a transaction."""
    front.script = [lose_answer]
    assert table.update(Update(KEY, add={"count": 1})) == {**KEY._asdict(), "count": 2}


@needed
@pytest.mark.parametrize("loss", LOSSES)
def test_a_transaction_counts_once_and_succeeds(front: Front, loss: Behaviour) -> None:
    front.script = [loss]
    table.write(Update(KEY, add={"count": 1}), Put({**OTHER._asdict()}, ABSENT))
    assert front.seen == ["TransactWriteItems"] * 2
    assert table.get(KEY) == ITEM


def test_a_request_that_never_arrived_is_retried(front: Front) -> None:
    front.script = [lose_request, lose_request]
    table.write(Put(ITEM, ABSENT))
    assert table.get(KEY) == ITEM


@pytest.mark.parametrize("last", [lose_answer, refuse(500, "InternalServerError")])
def test_if_every_answer_is_lost_the_outcome_is_unknown_and_it_was_written_once(front: Front, last: Behaviour) -> None:
    table.write(Put(ITEM))
    front.script = [lose_answer, last, last]
    with pytest.raises(UnknownOutcome):
        table.write(Update(KEY, add={"count": 1}, when={"count": 1}))
    assert len(front.seen) == 1 + TRIES
    assert table.get(KEY) == {**ITEM, "count": 2}


@needed
def test_a_transaction_whose_every_answer_is_lost_was_written_once(front: Front) -> None:
    front.script = [lose_answer] * TRIES
    with pytest.raises(UnknownOutcome):
        table.write(Update(KEY, add={"count": 1}), Update(OTHER, add={"count": 1}))
    assert table.get(KEY) == ITEM
