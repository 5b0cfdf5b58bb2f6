"""A resume's whole way over HTTP: uploaded, read, matched by a model of the emulator's Bedrock, deleted."""

import time
import uuid
from collections import Counter
from typing import Any

import pytest
import urllib3

from tests.e2e.conftest import LIMIT, Service
from tests.unit.documents import files

pytestmark = [pytest.mark.e2e, pytest.mark.deployed]


def until(stack: Service, path: str, token: str, waits: str) -> Any:
    """Poll as a client does, until the status is another one."""
    for _ in range(2 * LIMIT):
        found = stack.call("GET", path, token).json()
        if found["status"] != waits:
            return found
        time.sleep(0.5)
    raise AssertionError(f"{path} is still {waits}")


def uploads(stack: Service, user_id: str) -> list[str]:
    """Return the names of the user's uploaded files, read from S3 itself."""
    bucket = stack.stack.application.buckets["Bucket"].id
    found = stack.stack.clients("s3").list_objects_v2(Bucket=bucket, Prefix=f"uploads/documents/{user_id}/")
    return [each["Key"] for each in found.get("Contents", [])]


def test_a_file_becomes_a_text_is_matched_and_goes_with_its_requirements(stack: Service) -> None:
    user_id = f"reader-{uuid.uuid4().hex[:8]}"
    token = stack.token(user_id)
    wanted = stack.call("POST", "/requirements", token, {"text": "Python\nDynamoDB"}).json()
    draft = {
        "requirements_id": wanted["requirements_id"],
        "file": {"name": "cv.pdf", "content_type": "application/pdf", "size": 5000},
    }
    resume = stack.call("POST", "/resumes", token, draft).json()
    late = stack.call("POST", "/resumes", token, draft).json()["upload"]
    path = f"/resumes/{resume['resume_id']}"
    upload(resume["upload"], files.pdf([files.TEXT]))
    assert until(stack, path, token, "awaiting_upload")["text"] == files.TEXT

    ids = {"resume_id": resume["resume_id"], "requirements_id": wanted["requirements_id"]}
    started = stack.call("POST", "/processings", token, ids)
    assert started.status == 202
    done = until(stack, f"/processings/{started.json()['processing_id']}", token, "in_progress")
    assert (done["status"], done["score"], done["matches"]) == ("succeeded", 100, ["Python", "DynamoDB"])
    stack.drain()
    assert uploads(stack, user_id) == [], "what has been read is deleted"

    assert stack.call("DELETE", f"/requirements/{wanted['requirements_id']}", token).status == 204
    assert stack.call("GET", path, token).status == 404
    for what in ("resumes", "requirements", "processings"):
        assert stack.call("GET", f"/{what}", token).json()["items"] == []
    upload(late, b"too late")
    stack.drain()
    assert uploads(stack, user_id) == [], "a file whose document is gone is deleted, too"
    assert Counter(event["type"] for event in stack.stack.events()[0] if event["subject"] == user_id) == {
        "laurels.requirements.created.v1": 1,
        "laurels.resume.created.v1": 2,
        "laurels.processing.requested.v1": 1,
        "laurels.processing.finished.v1": 1,
        "laurels.requirements.deleted.v1": 1,
        "laurels.resume.deleted.v1": 2,
        "laurels.processing.deleted.v1": 1,
    }
    for queue in ("ProcessingRequestsQueue", "ProcessingResultsQueue"):
        assert stack.dead_letters(queue) == []


def upload(form: Any, content: bytes) -> None:
    """Send a file as a browser does."""
    with urllib3.PoolManager() as http:
        fields = {**form["fields"], "file": ("cv.pdf", content)}
        assert http.request("POST", form["url"], fields=fields).status == 204
