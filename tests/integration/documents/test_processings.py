"""Processings: limited, asked for whatever dies, deleted with their texts."""

from collections import Counter
from functools import partial
from typing import Any

import pytest

from laurels import keys, table
from laurels.table import UnknownOutcome
from tests.events import together
from tests.integration.conftest import Queues
from tests.integration.documents.papers import BORIS, TEXT, get, ids, listed, made, make, remove, remove_many
from tests.integration.documents.processing import (
    KIND,
    UNKNOWN,
    deliver,
    forget_starts,
    messages,
    pair,
    request,
    result,
    start,
    started,
)
from tests.integration.recorder import Recorder

pytestmark = pytest.mark.usefixtures("bucket", "queues")


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
