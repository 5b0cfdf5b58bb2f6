"""Each function of the room dies before and after each of its requests to AWS, and is run again as AWS does.

No processing is lost, none has two results, no upload stays, and a deletion leaves nothing.
"""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
import urllib3

from documents import extract_text
from laurels import bedrock, keys, settings, table
from laurels.aws import client
from laurels.writes import Item
from privacy import erase_user
from tests.integration.conftest import Queues
from tests.integration.documents.model import GOOD, Model, serving
from tests.integration.documents.papers import get, ids, made, make, remove
from tests.integration.documents.processing import (
    deliver,
    forget_starts,
    messages,
    pair,
    request,
    result,
    start,
    started,
)
from tests.integration.documents.test_matching import ask, asked, results

pytestmark = pytest.mark.usefixtures("bucket", "queues")
KIND = "processing_id"
either_side = pytest.mark.parametrize("after", [False, True], ids=["before", "after"])


class Killed(BaseException):
    """The end of the process: no code of ours catches it."""


class Requests:
    """All requests to AWS. `kill` makes one of the next requests the last of its process."""

    def __init__(self, send: Callable[..., Any]):
        self.left = -1
        self.after = False
        self._send = send

    def kill(self, number: int, *, after: bool) -> None:
        self.left, self.after = number, after

    def __call__(self, *arguments: Any) -> Any:
        dies, self.left = self.left == 0, self.left - 1
        if dies and not self.after:
            raise Killed
        response = self._send(*arguments)
        if dies:
            raise Killed
        return response


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> Requests:
    found = Requests(client.send)
    monkeypatch.setattr(client, "send", found)
    return found


def each_death(requests: Requests, after: bool) -> Iterator[Callable[[Callable[[], object]], bool]]:
    """Yield, for the first request, the second and so on, a function that runs another one up to its death there and
    returns whether it died. The last one does not."""
    for number in range(30):
        died: list[bool] = []

        def run(work: Callable[[], object], number: int = number, died: list[bool] = died) -> bool:
            requests.kill(number, after=after)
            try:
                work()
            except Killed:
                died.append(True)
            requests.left = -1
            return bool(died)

        yield run
        if not died:
            assert number > 0
            return
    raise AssertionError("the function makes too many requests")


@either_side
def test_an_extractor_that_dies_is_finished_by_the_next_delivery(
    after: bool, requests: Requests, bucket: str, moto_server: str
) -> None:
    objects = boto3.client("s3", endpoint_url=moto_server)
    for run in each_death(requests, after):
        created = make(text=None, file={"name": "a.txt", "content_type": "text/plain", "size": 4}).body
        form = created["upload"]
        with urllib3.PoolManager() as http:
            assert http.request("POST", form["url"], fields={**form["fields"], "file": ("a", b"text")}).status == 204
        of = {"bucket": {"name": settings.text("BUCKET_NAME")}, "object": {"key": form["fields"]["key"]}}
        event = {"id": str(uuid.uuid4()), "detail": of}
        run(lambda event=event: extract_text.handler(event, None))  # type: ignore[misc]  # bound for this turn
        extract_text.handler(event, None)
        found = get("resume_id", created["resume_id"]).body
        assert (found["status"], found["text"]) == ("ready", "text")
        assert "Contents" not in objects.list_objects_v2(Bucket=bucket)


@either_side
def test_a_start_that_dies_is_one_processing_with_its_repetition(after: bool, requests: Requests) -> None:
    for number, run in enumerate(each_death(requests, after)):
        body, key = pair(), {"idempotency-key": f"{after}-{number}"}
        forget_starts()
        died = run(lambda body=body, key=key: start(body, headers=key))  # type: ignore[misc]  # bound for this turn
        answer = start(body, headers=key)
        # Its claim of the key holds for half a minute if it could not free it: then nothing new can be made either.
        assert answer.status in ((202, 409) if died else (202,))
        own = ids(KIND, resume_id=body["resume_id"])
        assert len(own) <= 1
        assert own or answer.status == 409


@either_side
def test_a_processing_is_asked_for_wherever_its_requester_dies(after: bool, requests: Requests, queues: Queues) -> None:
    for run in each_death(requests, after):
        forget_starts()
        own = started()
        run(lambda own=own: request(own))  # type: ignore[misc]  # bound for this turn
        assert request(own) == {"batchItemFailures": []}
        url = queues.urls["ProcessingRequestsQueue"]
        found = queues.client.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        assert {json.loads(each["Body"])[KIND] for each in found} == {own}
        for sent in found:  # asked for twice, it keeps one result
            queues.client.delete_message(QueueUrl=url, ReceiptHandle=sent["ReceiptHandle"])
        assert deliver(*(result(own, score=number) for number in range(len(found)))) == []
        assert get(KIND, own).body["score"] == 0


@either_side
def test_a_consumer_of_results_that_dies_keeps_the_first_result(after: bool, requests: Requests) -> None:
    for run in each_death(requests, after):
        forget_starts()
        own = started()
        first = result(own, score=5, matches=["x"])
        died = run(lambda first=first: deliver(first))  # type: ignore[misc]  # bound for this turn
        assert deliver(first, result(own, score=90)) == []
        found = get(KIND, own).body
        assert (found["score"], found["matches"]) == (5, ["x"])
        assert found["status"] == "succeeded" or not died


@either_side
def test_a_consumer_of_requests_that_dies_answers_after_the_next_delivery(
    after: bool, requests: Requests, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Model()
    monkeypatch.setenv("MODEL_ID", "m")
    with serving(model) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", url)
        bedrock._client.cache_clear()
        for run in each_death(requests, after):
            forget_starts()
            own = started()
            record = asked(queues, own)
            model.say(*[GOOD] * 2)
            run(lambda record=record: ask(record))  # type: ignore[misc]  # bound for this turn
            assert ask(record) == []
            model.answers.clear()
            sent = results(queues)
            assert {each[KIND] for each in sent} == {own}
            deliver(*sent)
            assert get(KIND, own).body["score"] == 82
        bedrock._client.cache_clear()


@either_side
def test_a_deletion_that_dies_anywhere_is_finished_by_its_message(
    after: bool, requests: Requests, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SETTLE_SECONDS", "0")  # the message is there at once
    other = made("requirements_id")
    for run in each_death(requests, after):
        forget_starts()
        own = made("requirements_id")
        resume = made(requirements_id=own)
        started({"resume_id": resume, "requirements_id": other})
        started({"resume_id": made(), "requirements_id": own})
        run(lambda own=own: remove("requirements_id", own))  # type: ignore[misc]  # bound for this turn
        is_begun = get("requirements_id", own).status == 404
        finish(queues)
        left = [item["SK"] for item in items_of("anna") if own in repr(item) or resume in repr(item)]
        assert not left if is_begun else len(left) == 6  # two documents with their texts, and their processings


def test_a_message_about_documents_that_are_there_deletes_nothing() -> None:
    own = started()
    message = {"kind": "resumes", "user_id": "anna", "document_ids": [get(KIND, own).body["resume_id"]]}
    assert erase(message) == {"batchItemFailures": []}
    assert get(KIND, own).status == 200


def finish(queues: Queues) -> None:
    """Deliver the messages of deletions, and those that follow from them."""
    while sent := messages(queues, "ErasuresQueue"):
        assert erase(*sent) == {"batchItemFailures": []}


def erase(*sent: Any) -> Any:
    records = [
        {"messageId": str(number), "body": json.dumps(each), "attributes": {}} for number, each in enumerate(sent)
    ]
    return erase_user.handler({"Records": records}, None)


def items_of(user_id: str) -> list[Item]:
    return list(table.query_all(keys.profile(user_id)._replace(SK=""), consistent=True))


def test_results_before_and_after_their_processing_change_nothing() -> None:
    own = started()
    assert deliver(result("f" * 32, score=1)) == []  # of a processing that is not there yet
    assert deliver(result(own, score=5)) == []
    assert deliver(result(own, score=6)) == []
    assert get(KIND, own).body["score"] == 5


@pytest.mark.parametrize("success", [True, False])
def test_a_result_of_nulls_is_a_result(success: bool) -> None:
    own = started()
    assert deliver(result(own, success=success)) == []
    found = get(KIND, own).body
    assert found["status"] == ("succeeded" if success else "failed")
    assert found["error"] == (None if success else {"reason": "unknown", "retry_after": None})
    assert (found["score"], found["matches"], found["recommendation"], found["verdict"]) == (None,) * 4
