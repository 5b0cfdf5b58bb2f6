"""A client on a phone: requirements, one with its resumes, a resume with its processing, polled until it ends."""

import pytest

from documents import get_processing
from tests.events import call
from tests.integration.documents.papers import ANNA, get, ids, listed, made
from tests.integration.documents.processing import deliver, result, started
from tests.integration.recorder import Recorder
from tests.template import project

pytestmark = pytest.mark.usefixtures("bucket", "queues")


def test_each_screen_is_one_request_to_the_table(calls: Recorder) -> None:
    requirements = made("requirements_id")
    resume = made(requirements_id=requirements)
    own = started({"resume_id": resume, "requirements_id": requirements})
    calls.made.clear()
    assert ids("requirements_id") == [requirements]
    assert ids("resume_id", requirements_id=requirements) == [resume]
    assert ids("processing_id", resume_id=resume) == [own]
    assert calls.operations() == ["query"] * 3


def test_a_poll_is_one_request_and_says_when_the_processing_has_ended(calls: Recorder) -> None:
    own, failing = started(), started()
    first = get("processing_id", own)
    calls.made.clear()
    again = {"path": {"processing_id": own}, "caller": ANNA, "headers": {"if-none-match": first.headers["etag"]}}
    assert (call(get_processing.handler, **again).status, first.body["status"]) == (304, "in_progress")
    assert calls.operations() == ["batch_get_item"]
    assert calls.read_units() <= 3
    deliver(result(own, score=5), result(failing, success=False, message_error="Overloaded", wait_seconds=60))
    done = call(get_processing.handler, **again)
    assert (done.status, done.body["status"], done.body["score"]) == (200, "succeeded", 5)
    failed = get("processing_id", failing).body
    assert (failed["status"], failed["error"]) == ("failed", {"reason": "Overloaded", "retry_after": 60})
    assert [item["processing_id"] for item in listed("processing_id", status="failed").body["items"]] == [failing]


@pytest.mark.parametrize("name", ["get_processing", "get_resume", "get_requirements"])
def test_openapi_says_how_to_poll(name: str) -> None:
    (file,) = (file for file in project.function_files() if file.name == name)
    assert "poll it every 3 seconds" in project.operation_of(file)["description"].lower()
