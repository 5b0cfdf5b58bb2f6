"""Processings: limited, asked for whatever dies, finished by the first result or by time, deleted with their texts."""

import json
import random
from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from documents import list_processings
from laurels import clock, keys, table
from laurels.table import UnknownOutcome
from tests.events import call, together
from tests.integration.conftest import Queues
from tests.integration.documents.papers import ANNA, BORIS, TEXT, get, ids, listed, made, make, remove, remove_many
from tests.integration.documents.processing import (
    deliver,
    forget_starts,
    pair,
    request,
    result,
    start,
    started,
)
from tests.integration.recorder import Recorder

pytestmark = pytest.mark.usefixtures("bucket", "queues")
KIND = "processing_id"
UNKNOWN = "0" * 32


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that lets some seconds pass."""
    now = [clock.now()]
    monkeypatch.setattr(clock, "now", lambda: now[0])

    def pass_by(seconds: float) -> datetime:
        now[0] += timedelta(seconds=seconds)
        return now[0]

    return pass_by


def messages(queues: Queues, name: str = "ProcessingRequestsQueue") -> list[Any]:
    found = []
    while got := queues.client.receive_message(QueueUrl=queues.urls[name], MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(each["Body"]) for each in got]
    return found


def test_a_processing_is_in_progress_until_its_result() -> None:
    body = pair()
    answer = start(body)
    assert answer.status == 202
    assert answer.body | body == answer.body
    assert (answer.body["status"], answer.body["score"], answer.body["finished_at"]) == ("in_progress", None, None)
    own = answer.body[KIND]
    assert get(KIND, own).body == answer.body
    done = {"score": 82, "matches": ["Python", "Питон"], "recommendation": "Invite.\nSoon.", "verdict": "good"}
    assert deliver(result(own, **done)) == []
    found = get(KIND, own).body
    assert found | done == found
    assert (found["status"], found["error"]) == ("succeeded", None)
    (entry,) = listed(KIND).body["items"]
    assert entry == {name: value for name, value in found.items() if name not in ("matches", "recommendation")}


def test_fifty_starts_at_once_are_three(later: Any) -> None:
    body = pair()
    answers = together([partial(start, body)] * 50)
    assert Counter(answer.status for answer in answers) == {202: 3, 429: 47}
    assert {answer.headers["retry-after"] for answer in answers if answer.status == 429} == {"30"}
    assert len(ids(KIND)) == 3
    later(29.5)
    assert (start(body).status, start(body).headers["retry-after"]) == (429, "1")
    later(0.5)
    assert [start(body).status for _ in range(4)] == [202, 202, 202, 429]


def test_ids_are_checked_first_and_cost_nothing(later: Any) -> None:
    body, theirs = pair(), pair(BORIS)
    started(theirs, BORIS)
    for name in body:
        for unknown in (theirs[name], UNKNOWN):
            for _ in range(5):
                answer = start(body | {name: unknown})
                assert (answer.status, answer.body["code"]) == (404, "not_found")
    waiting = make(text=None, file={"name": "a.txt", "content_type": "text/plain", "size": 5}).body["resume_id"]
    assert start(body | {"resume_id": waiting}).status == 409
    assert start(body | {"resume_id": "x"}).status == 422
    assert [start(body).status for _ in range(4)] == [202, 202, 202, 429]
    assert later


def test_processings_of_another_user_are_404_everywhere() -> None:
    own = started()
    for answer in (get(KIND, own, BORIS), remove(KIND, own, BORIS), get(KIND, UNKNOWN), remove(KIND, UNKNOWN)):
        assert (answer.status, answer.body["code"]) == (404, "not_found")
    assert remove_many(KIND, [own], BORIS).body == {"deleted": [], "not_found": [own]}
    assert ids(KIND, BORIS) == []
    assert get(KIND, own).status == 200


def test_a_request_holds_the_whole_texts(queues: Queues) -> None:
    body = pair()
    own = started(body)
    assert request(own) == {"batchItemFailures": []}
    wanted = {KIND: own, "user_id": "anna", **body, "resume": TEXT, "requirements": TEXT}
    assert messages(queues) == [wanted]


def test_the_longest_texts_fit_into_a_request(queues: Queues) -> None:
    body = {"resume_id": made(text="🎓" * 15_000), "requirements_id": made("requirements_id", text='"' * 5_000)}
    own = started(body)
    assert request(own) == {"batchItemFailures": []}
    (found,) = messages(queues)
    assert (len(found["resume"]), len(found["requirements"])) == (15_000, 5_000)


def test_deleted_and_finished_processings_are_not_asked_for(queues: Queues) -> None:
    deleted, finished = started(), started()
    assert remove(KIND, deleted).status == 204
    deliver(result(finished))
    assert request(deleted, finished) == {"batchItemFailures": []}
    assert messages(queues) == []


def test_a_request_that_fails_is_delivered_again_alone(queues: Queues, calls: Recorder) -> None:
    first, second = started(), started()
    calls.fail("batch_get_item", UnknownOutcome())
    assert request(first, second) == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert [each[KIND] for each in messages(queues)] == [second]


def test_a_start_whose_answer_was_lost_is_one_processing(calls: Recorder) -> None:
    body = pair()
    calls.fail("transact_write_items", UnknownOutcome(), after=True)
    assert start(body).status == 202
    assert len(ids(KIND)) == 1


def test_a_start_that_dies_leaves_all_or_nothing(calls: Recorder) -> None:
    body, key = pair(), {"idempotency-key": "k"}
    for after in (False, True):
        calls.meanwhile("transact_write_items", lambda: None)  # the claim of the key
        fail = partial(calls.fail, "transact_write_items", RuntimeError("dies"), after=after)
        calls.meanwhile("batch_get_item", fail)  # before the transaction of the start
        assert start(body, headers=key).status == 500
        assert len(ids(KIND)) == after
    assert start(body, headers=key).status == 202
    assert len(ids(KIND)) == 1


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


def test_lists_filter_and_sort(later: Any) -> None:
    first, second = pair(), pair()
    own = []
    for body in (first, first, second):
        own.append(started(body))
        later(1)
    deliver(result(own[0], score=10), result(own[2], score=90))
    assert ids(KIND) == own[::-1]
    assert ids(KIND, sort="score") == [own[2], own[0], own[1]]
    assert ids(KIND, resume_id=first["resume_id"]) == [own[1], own[0]]
    assert ids(KIND, requirements_id=second["requirements_id"]) == [own[2]]
    assert ids(KIND, status="in_progress") == [own[1]]
    page = listed(KIND, sort="score", limit="2").body
    assert ids(KIND, sort="score", limit="2", cursor=page["next_cursor"]) == [own[1]]
    assert listed(KIND, limit="2", cursor=page["next_cursor"]).status == 400
    assert listed(KIND, sort="name").status == listed(KIND, status="done").status == 422


def test_a_list_of_the_longest_results_reads_and_sends_little(calls: Recorder) -> None:
    own = started()
    deliver(result(own, matches=['"' * 1000] * 50, recommendation='"' * 1500))
    calls.made.clear()
    assert len(listed(KIND).text) < 1000
    assert calls.made[0].units <= 1


@pytest.mark.parametrize("kind", ["resume_id", "requirements_id"])
def test_deleting_a_document_deletes_its_processings(kind: str) -> None:
    body = pair()
    own, kept = started(body), started()
    deliver(result(own, score=5, matches=["x"]))
    assert remove(kind, body[kind]).status == 204
    assert get(KIND, own).status == 404
    assert ids(KIND) == [kept]
    assert table.get(keys.processing_owner(own), consistent=True) is None
    assert table.get(keys.processing_result("anna", own), consistent=True) is None


def test_deleting_requirements_deletes_processings_of_their_resumes_with_others() -> None:
    requirements = made("requirements_id")
    resume = made(requirements_id=requirements)
    own = started({"resume_id": resume, "requirements_id": made("requirements_id")})
    assert remove("requirements_id", requirements).status == 204
    assert get("resume_id", resume).status == get(KIND, own).status == 404


def test_a_start_that_races_with_a_deletion_leaves_nothing() -> None:
    for _ in range(5):
        body = pair()
        answers = together(
            [partial(start, body), partial(remove, "resume_id", body["resume_id"]), partial(start, body)]
        )
        assert {answer.status for answer in answers} <= {202, 204, 404, 429}
        assert ids(KIND) == []
        forget_starts()
