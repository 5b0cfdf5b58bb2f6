"""Documents as files: a form, the upload, its text, and nothing left in the bucket."""

import subprocess
import uuid
from typing import Any

import boto3
import pytest
import urllib3

from documents import extract_text
from laurels import settings, storage
from laurels.documents import extraction
from laurels.table import UnknownOutcome
from tests.integration.documents.papers import get, ids, make, remove
from tests.integration.recorder import Recorder
from tests.unit.documents import files

CV = {"name": "Анна Петрова.pdf", "content_type": "application/pdf", "size": 1000}
each_kind = pytest.mark.parametrize("kind", ["resume_id", "requirements_id"])


@pytest.fixture
def objects(bucket: str, moto_server: str) -> Any:
    """Return a function that lists the names of all objects."""
    client = boto3.client("s3", endpoint_url=moto_server)
    return lambda: [each["Key"] for each in client.list_objects_v2(Bucket=bucket).get("Contents", [])]


def start(kind: str = "resume_id", **fields: Any) -> Any:
    answer = make(kind, text=None, file=CV | fields)
    assert answer.status == 201, answer.text
    return answer.body


def post(form: Any, body: bytes) -> dict[str, Any]:
    """Upload a file with the form; return the event for the function."""
    with urllib3.PoolManager() as http:
        assert http.request("POST", form["url"], fields={**form["fields"], "file": ("cv", body)}).status == 204
    bucket = {"name": settings.text("BUCKET_NAME")}
    return {"id": str(uuid.uuid4()), "detail": {"bucket": bucket, "object": {"key": form["fields"]["key"]}}}


def extract(event: dict[str, Any]) -> str:
    return extract_text.handler(event, None)


@each_kind
def test_an_uploaded_file_becomes_the_document_s_text(kind: str, objects: Any) -> None:
    created = start(kind)
    assert (created["title"], created["status"], created["text"]) == (CV["name"], "awaiting_upload", None)
    assert created["file"] == CV
    assert created["upload"]["max_size"] == 10 * 1024 * 1024
    event = post(created["upload"], files.pdf([files.TEXT]))
    assert objects() == [event["detail"]["object"]["key"]]
    assert extract(event) == "ready"
    found = get(kind, created[kind]).body
    assert (found["status"], found["text"], found["excerpt"], found["upload"]) == (
        "ready",
        files.TEXT,
        files.TEXT,
        None,
    )
    assert objects() == []
    assert extract(event) == "late"


@each_kind
def test_a_file_without_a_text_fails_with_its_reason(kind: str, objects: Any) -> None:
    created = start(kind)
    assert extract(post(created["upload"], b"<html>not a pdf</html>")) == "unsupported"
    found = get(kind, created[kind]).body
    assert (found["status"], found["error"], found["text"]) == ("failed", {"reason": "unsupported"}, None)
    assert objects() == []


@pytest.mark.parametrize(
    "change",
    [
        {"size": 10 * 1024 * 1024 + 1},
        {"size": 0},
        {"content_type": "application/msword"},
        {"name": ""},
        {"name": "a\nb"},
        {"path": "x"},
    ],
)
def test_a_file_that_cannot_be_a_document_is_refused_before_its_upload(change: dict[str, Any], bucket: str) -> None:
    answer = make(text=None, file=CV | change)
    assert (answer.status, answer.fields) == (422, [f"file.{name}" for name in change])
    assert ids() == []
    assert bucket


@each_kind
@pytest.mark.usefixtures("queues")
def test_deleting_a_document_deletes_its_upload_and_a_late_one_leaves_nothing(kind: str, objects: Any) -> None:
    created = start(kind)
    event = post(created["upload"], b"text")
    assert remove(kind, created[kind]).status == 204
    assert objects() == []
    post(created["upload"], b"text")
    assert extract(event) == "late"
    assert objects() == []
    assert get(kind, created[kind]).status == 404


def test_a_file_that_is_larger_than_its_form_allows_has_failed(objects: Any) -> None:
    created = start()
    name = created["upload"]["fields"]["key"]
    storage.put(name, b"x" * (10 * 1024 * 1024 + 1))  # S3 itself refuses it to whoever has only the form
    assert extract({"id": "e", "detail": {"object": {"key": name}}}) == "too_complex"
    assert get("resume_id", created["resume_id"]).body["error"] == {"reason": "too_complex"}
    assert objects() == []


def test_a_form_that_is_used_twice_changes_nothing(objects: Any) -> None:
    created = start()
    assert extract(post(created["upload"], b"first")) == "ready"
    assert extract(post(created["upload"], b"second")) == "late"
    assert get("resume_id", created["resume_id"]).body["text"] == "first"
    assert objects() == []


@pytest.mark.parametrize("operation", ["batch_get_item", "transact_write_items"])
@pytest.mark.parametrize("after", [False, True])
def test_an_extraction_that_dies_is_finished_by_the_next_delivery(
    operation: str, after: bool, objects: Any, calls: Recorder
) -> None:
    created = start()
    event = post(created["upload"], b"text")
    calls.fail(operation, RuntimeError("dies"), after=after)
    with pytest.raises(RuntimeError):
        extract(event)
    assert extract(event) in ("ready", "late")
    assert get("resume_id", created["resume_id"]).body["text"] == "text"
    assert objects() == []


def test_a_lost_answer_of_the_write_changes_nothing(objects: Any, calls: Recorder) -> None:
    created = start()
    event = post(created["upload"], b"text")
    calls.fail("transact_write_items", UnknownOutcome(), after=True)
    extract(event)
    assert get("resume_id", created["resume_id"]).body["text"] == "text"
    assert objects() == []


def test_no_variable_of_the_function_reaches_the_parsers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a secret")
    seen: dict[str, Any] = {}
    run = subprocess.run

    def spy(*arguments: Any, **given: Any) -> Any:
        seen.update(given["env"])
        return run(*arguments, **given)

    monkeypatch.setattr(subprocess, "run", spy)
    assert extraction.extract(b"text", 100) == "text"
    assert seen.keys() == {"PYTHONPATH", "LD_LIBRARY_PATH"}
