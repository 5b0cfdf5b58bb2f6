"""A user's export and erasure over HTTP, with the queues between the endpoints and the workers."""

import io
import json
import time
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import urllib3

from tests.e2e.conftest import Service

pytestmark = [pytest.mark.e2e, pytest.mark.deployed]


def until(ready: Callable[[dict[str, Any]], bool], ask: Callable[[], dict[str, Any]], limit: float = 120) -> Any:
    """Ask again and again until the answer is what it should be; return it."""
    deadline = time.monotonic() + limit
    while not ready(found := ask()):
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
    return found


def test_a_user_is_exported_and_erased(stack: Service) -> None:
    user_id = f"leaver-{uuid.uuid4().hex[:8]}"
    token, admin = stack.token(user_id), stack.admin()
    assert stack.call("PATCH", "/users/me", token, {"display_name": f"Name {user_id}"}).status == 200
    assert stack.call("POST", "/users/me/badges", token, {"name": "My badge"}).status == 201

    export_id = stack.call("POST", "/users/me/exports", token, {}).json()["export_id"]
    path = f"/users/me/exports/{export_id}"
    state = until(lambda found: found["status"] == "ready", lambda: stack.call("GET", path, token).json())
    with urllib3.PoolManager() as http:
        body = http.request("GET", state["url"]).data
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        about = json.loads(archive.read("export.json"))
    assert [item["name"] for item in about["items"]["badges"]] == ["My badge"]

    erasure_id = stack.call("DELETE", "/users/me", token).json()["erasure_id"]
    assert stack.call("POST", "/users/me/badges", token, {"name": "Another"}).status in (403, 404, 410)
    receipt = until(
        lambda found: "export_files" in found["removed"],  # the last kind
        lambda: stack.call("GET", f"/erasures/{erasure_id}", admin).json(),
    )
    assert (receipt["status"], receipt["removed"]["profile"], receipt["removed"]["badges"]) == ("pending", 1, 1)
    assert stack.call("GET", f"/users/{user_id}", admin).status == 404
    stack.drain()
