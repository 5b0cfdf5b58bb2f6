"""Results of processings: the first one counts, whatever else arrives, dies or is late."""

import random
from typing import Any

import pytest

from documents import list_processings
from laurels import keys, table
from tests.events import call
from tests.integration.conftest import Queues
from tests.integration.documents.papers import ANNA, get, ids, listed, remove
from tests.integration.documents.processing import (
    KIND,
    UNKNOWN,
    deliver,
    forget_starts,
    messages,
    pair,
    result,
    started,
)
from tests.integration.recorder import Recorder

pytestmark = pytest.mark.usefixtures("bucket", "queues")


def test_the_first_result_stands() -> None:
    own = started()
    assert deliver(result(own, score=50), result(own, score=90), result(own, success=False)) == []
    assert get(KIND, own).body["score"] == 50


def test_a_failure_has_the_service_s_reason_and_when_to_try_again() -> None:
    own, other = started(), started()
    deliver(result(own, success=False, message_error="Overloaded", wait_seconds=60), result(other, success=False))
    assert get(KIND, own).body["error"] == {"reason": "Overloaded", "retry_after": 60}
    assert get(KIND, other).body["error"] == {"reason": "unknown", "retry_after": None}
    assert get(KIND, own).body["status"] == "failed"


def test_results_of_unknown_and_deleted_processings_are_harmless(queues: Queues) -> None:
    own = started()
    assert remove(KIND, own).status == 204
    assert deliver(result(own), result(UNKNOWN), result("no id of ours")) == []
    assert ids(KIND) == []
    assert [item["SK"] for item in table.query_all(keys.processing_result("anna"), consistent=True)] == []
    assert messages(queues, "ProcessingResultsDeadLetters") == []


def test_long_results_are_cut_and_control_characters_removed() -> None:
    own = started()
    long = {"matches": ["x" * 5000] * 80, "recommendation": "я" * 9000, "verdict": "a\x00" + "z" * 90, "score": 81.6}
    deliver(result(own, **long, model="m"))
    found = get(KIND, own).body
    assert ([len(each) for each in found["matches"]], len(found["recommendation"])) == ([1000] * 50, 1500)
    assert (found["verdict"], found["score"]) == ("a" + "z" * 49, 82)


@pytest.mark.parametrize(
    "change",
    [{"score": 101}, {"score": -1}, {"score": "5"}, {"score": float("nan")}, {"success": None}, {"matches": "x"}],
)
def test_a_message_that_is_no_result_is_parked_and_holds_up_no_other(change: Any, queues: Queues) -> None:
    own = started()
    assert deliver(result(own) | change, "no json", "[]", result(own, score=7)) == []
    assert get(KIND, own).body["score"] == 7
    attributes = {"AttributeNames": ["ApproximateNumberOfMessages"]}
    found = queues.client.get_queue_attributes(QueueUrl=queues.urls["ProcessingResultsDeadLetters"], **attributes)
    assert found["Attributes"]["ApproximateNumberOfMessages"] == "3"


@pytest.mark.parametrize("operation", ["get_item", "transact_write_items"])
@pytest.mark.parametrize("after", [False, True])
def test_a_consumer_that_dies_loses_no_result(operation: str, after: bool, calls: Recorder) -> None:
    own = started()
    calls.fail(operation, RuntimeError("dies"), after=after)
    for sent in deliver(result(own, score=5)):
        assert deliver(sent) == []
    assert get(KIND, own).body["score"] == 5


def test_a_thousand_results_shuffled_and_doubled_each_count_once() -> None:
    own = []
    body = pair()
    for _ in range(34):
        own += [started(body) for _ in range(3)]
        forget_starts()
    scores = {each: number % 101 for number, each in enumerate(own)}
    sent = [result(each, score=score) for each, score in scores.items()] * 5
    sent += [result(f"{number:032x}", score=1) for number in range(490)]
    random.Random(7).shuffle(sent)
    for at in range(0, len(sent), 100):
        assert deliver(*sent[at : at + 100]) == []
    found: dict[str, int] = {}
    query = {"limit": "100", "sort": "score"}
    while True:
        page = call(list_processings.handler, caller=ANNA, query=query).body
        found |= {item[KIND]: item["score"] for item in page["items"]}
        if not page["next_cursor"]:
            break
        query["cursor"] = page["next_cursor"]
    assert found == scores
    assert list(found.values()) == sorted(found.values(), reverse=True)


def test_a_processing_without_a_result_has_timed_out_for_good(later: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESSING_TIMEOUT", "60")
    read, seen, untouched = started(), started(), started()
    later(59)
    assert get(KIND, read).body["status"] == "in_progress"
    later(1)
    failed = get(KIND, read).body
    assert (failed["status"], failed["error"]["reason"]) == ("failed", "timed_out")
    deliver(result(read, score=5))
    assert get(KIND, read).body == failed
    deliver(result(untouched, score=5))
    assert [item[KIND] for item in listed(KIND, status="in_progress").body["items"]] == []
    assert sorted(ids(KIND, status="failed")) == sorted([read, seen])
    deliver(result(seen, score=5))
    assert get(KIND, seen).body["status"] == "failed"
    assert get(KIND, untouched).body["score"] == 5
