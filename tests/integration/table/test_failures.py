"""DynamoDB refuses, does not answer, or answers nonsense: callers see one of three errors, or the bug itself."""

import json
import os

import pytest

from laurels import table
from laurels.keys import Key
from laurels.table import Cancelled, Contended, Throttled, UnknownOutcome
from laurels.writes import ABSENT, Delete, Put, Update, Write
from tests.integration.table.front import (
    Behaviour,
    Front,
    cut_answer,
    garble_answer,
    lose_answer,
    lose_request,
    refuse,
    reply,
    stay_silent,
)
from tests.integration.table.mistakes import mistake

KEY = Key("USER#1", "PROFILE")
ITEM = {**KEY._asdict(), "version": 1}
OTHER = {"PK": "USER#1", "SK": "OTHER"}
TRIES = 3


def cancelled(*codes: str) -> Behaviour:
    return refuse(400, "TransactionCanceledException", CancellationReasons=[{"Code": code} for code in codes])


def test_a_refused_connection_leaves_the_outcome_unknown(front: Front) -> None:
    front.shutdown()
    front.server_close()
    with pytest.raises(UnknownOutcome) as failure:
        table.write(Put(ITEM))
    assert failure.value.status == 503


@pytest.mark.parametrize(
    "behaviour",
    [
        lose_request,
        lose_answer,
        cut_answer,
        garble_answer,
        refuse(500, "InternalServerError"),
        refuse(503, "ServiceUnavailable"),
        reply(500, b""),
        reply(502, b"<html>Bad gateway</html>"),
    ],
)
@pytest.mark.parametrize("change", [Put(ITEM), Update(KEY, set={"version": 1}), Delete(KEY)])
def test_without_a_good_answer_the_outcome_is_unknown(front: Front, behaviour: Behaviour, change: Write) -> None:
    front.script = [behaviour] * TRIES
    with pytest.raises(UnknownOutcome) as failure:
        table.write(change)
    assert failure.value.status == 503
    assert len(front.seen) == TRIES


@pytest.mark.parametrize("damage", [cut_answer, garble_answer])
def test_a_damaged_response_is_retried(front: Front, damage: Behaviour) -> None:
    table.write(Put(ITEM))
    front.script = [damage]
    assert table.get(KEY) == ITEM
    front.script = [damage]
    assert table.query(KEY).items == [ITEM]


@pytest.mark.parametrize("body", [b"<html>Welcome to this network</html>", b'{"Item": ', b"[1]", b"null", b""])
def test_an_answer_that_is_not_dynamodbs_is_not_taken_for_an_absent_item(front: Front, body: bytes) -> None:
    front.script = [reply(200, body)] * TRIES
    with pytest.raises(UnknownOutcome):
        table.get(KEY)


def test_reading_fails_by_the_same_names(front: Front) -> None:
    front.script = [refuse(500, "InternalServerError")] * TRIES
    with pytest.raises(UnknownOutcome):
        table.get(KEY)
    front.script = [refuse(400, "ThrottlingException")] * TRIES
    with pytest.raises(Throttled):
        table.query(KEY)


def test_silence_leaves_the_outcome_unknown(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    front.script = [stay_silent] * TRIES
    with monkeypatch.context() as impatient:
        impatient.setenv("RESPONSE_SECONDS", "0.2")
        with pytest.raises(UnknownOutcome):
            table.write(Put(ITEM))
    for _ in range(TRIES):  # however long the proxy takes to forward them
        front.forwarded.acquire()
    assert table.get(KEY) == ITEM


@pytest.mark.parametrize(
    "code",
    ["ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"],
)
def test_refused_for_its_rate_is_throttled(front: Front, code: str) -> None:
    front.script = [refuse(400, code)] * TRIES
    with pytest.raises(Throttled) as failure:
        table.write(Put(ITEM))
    assert failure.value.status == 503
    assert failure.value.retry_after
    assert table.get(KEY) is None


def test_a_short_squall_is_weathered(front: Front) -> None:
    front.script = [refuse(400, "ThrottlingException"), refuse(500, "InternalServerError")]
    table.write(Put(ITEM, ABSENT))
    assert table.get(KEY) == ITEM


def test_a_write_that_meets_a_transaction_is_contended(front: Front) -> None:
    front.script = [refuse(400, "TransactionConflictException")] * TRIES
    with pytest.raises(Contended) as failure:
        table.write(Put(ITEM))
    assert failure.value.status == 503


@pytest.mark.parametrize(
    ("codes", "error"),
    [
        (["TransactionConflict", "None"], Contended),
        (["None", "TransactionConflict"], Contended),
        (["TransactionConflict", "ThrottlingError"], Contended),
        (["None", "ThrottlingError"], Throttled),
        (["ProvisionedThroughputExceeded", "None"], Throttled),
    ],
)
def test_a_transaction_is_named_by_its_reasons(front: Front, codes: list[str], error: type[Exception]) -> None:
    front.script = [cancelled(*codes)] * TRIES
    with pytest.raises(error):
        table.write(Put(ITEM), Put(OTHER))


@pytest.mark.parametrize("code", ["ValidationError", "ItemCollectionSizeLimitExceeded"])
def test_a_transaction_that_is_a_mistake_keeps_its_own_name(front: Front, code: str) -> None:
    front.script = [cancelled(code, "None")]
    with mistake("TransactionCanceled"):
        table.write(Put(ITEM), Put(OTHER))


@pytest.mark.parametrize("other", ["None", "TransactionConflict", "ThrottlingError"])
def test_a_failed_condition_counts_more_than_the_other_reasons(front: Front, other: str) -> None:
    """It will fail again; the rest may pass."""
    front.script = [cancelled(other, "ConditionalCheckFailed")] * TRIES
    with pytest.raises(Cancelled) as failure:
        table.write(Put(ITEM), Put(OTHER, ABSENT))
    assert [failure.value.failed(index) for index in range(2)] == [False, True]


def test_our_own_transaction_still_at_work_leaves_the_outcome_unknown(front: Front) -> None:
    front.script = [lose_request, *[refuse(400, "TransactionInProgressException")] * TRIES]
    with pytest.raises(UnknownOutcome):
        table.write(Put(ITEM), Put(OTHER))


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "ValidationException", "IdempotentParameterMismatchException"]
)
def test_a_mistake_of_ours_keeps_its_own_name_and_is_not_repeated(front: Front, code: str) -> None:
    front.script = [refuse(400, code)]
    with mistake(code):
        table.write(Put(ITEM))
    assert len(front.seen) == 1


def test_keys_that_all_stay_unprocessed_are_throttled(front: Front) -> None:
    left = {os.environ["TABLE_NAME"]: {"Keys": [{"PK": {"S": KEY.PK}, "SK": {"S": KEY.SK}}]}}
    front.script = [reply(200, json.dumps({"Responses": {}, "UnprocessedKeys": left}).encode())]
    with pytest.raises(Throttled):
        table.get_many([KEY])
