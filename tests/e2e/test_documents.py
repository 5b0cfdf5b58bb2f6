"""A resume's whole way over HTTP: uploaded, read, matched by the stand-in for the AI service's queue, deleted."""

import time
import uuid
from typing import Any

import pytest
import urllib3

from tests.e2e.conftest import LIMIT, Service
from tests.unit.documents import files

pytestmark = pytest.mark.e2e


def until(stack: Service, path: str, token: str, waits: str) -> Any:
    """Poll as a client does, until the status is another one."""
    for _ in range(2 * LIMIT):
        found = stack.call("GET", path, token).json()
        if found["status"] != waits:
            return found
        time.sleep(0.5)
    raise AssertionError(f"{path} is still {waits}")


def test_a_file_becomes_a_text_is_matched_and_goes_with_its_requirements(stack: Service) -> None:
    token = stack.token(f"reader-{uuid.uuid4().hex[:8]}")
    wanted = stack.call("POST", "/requirements", token, {"text": "Python\nDynamoDB"}).json()
    draft = {
        "requirements_id": wanted["requirements_id"],
        "file": {"name": "cv.pdf", "content_type": "application/pdf", "size": 5000},
    }
    resume = stack.call("POST", "/resumes", token, draft).json()
    form = resume["upload"]
    with urllib3.PoolManager() as http:
        fields = {**form["fields"], "file": ("cv.pdf", files.pdf([files.TEXT]))}
        assert http.request("POST", form["url"], fields=fields).status == 204
    path = f"/resumes/{resume['resume_id']}"
    assert until(stack, path, token, "awaiting_upload")["text"] == files.TEXT

    ids = {"resume_id": resume["resume_id"], "requirements_id": wanted["requirements_id"]}
    started = stack.call("POST", "/processings", token, ids)
    assert started.status == 202
    stack.answer_a_processing(ids["resume_id"])
    done = until(stack, f"/processings/{started.json()['processing_id']}", token, "in_progress")
    assert (done["status"], done["score"], done["matches"]) == ("succeeded", 100, ["Python", "DynamoDB"])

    assert stack.call("DELETE", f"/requirements/{wanted['requirements_id']}", token).status == 204
    assert stack.call("GET", path, token).status == 404
    assert stack.call("GET", "/processings", token).json()["items"] == []
