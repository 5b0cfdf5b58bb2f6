"""A goal's life over HTTP: set, checked in, changed, completed by stat updates of a service, deleted."""

import uuid
from datetime import UTC, datetime

import pytest

from tests.e2e.conftest import Service

pytestmark = [pytest.mark.e2e, pytest.mark.deployed]


def test_a_goal_is_set_checked_in_changed_completed_and_deleted(stack: Service) -> None:
    user_id = f"reader-{uuid.uuid4().hex[:8]}"
    token, other = stack.token(user_id), stack.token("somebody-else")
    draft = {"title": "Сдать два теста", "target": {"metric": "tests_passed", "value": 2}}
    keyed = {"Idempotency-Key": "goal-1"}
    made = stack.call("POST", "/users/me/goals", token, draft, keyed)
    assert made.status == 201
    assert stack.call("POST", "/users/me/goals", token, draft, keyed).body == made.body
    path = f"/users/{user_id}/goals/{made.json()['goal_id']}"

    today = {"date": datetime.now(UTC).date().isoformat()}  # midnight may pass between two calls
    checked = stack.call("POST", f"{path}/check-ins", token, today)
    assert (checked.status, checked.json()["streak_count"]) == (201, 1)
    assert stack.call("POST", f"{path}/check-ins", token, today).status == 200
    tomorrow = stack.call("POST", f"{path}/check-ins", token, {"date": "2999-01-01"})
    assert (tomorrow.status, tomorrow.json()["errors"][0]["field"]) == (422, "date")

    change = draft | {"title": "Pass two tests"}
    assert stack.call("PUT", path, token, change, {"If-Match": made.headers["etag"]}).status == 412
    changed = stack.call("PUT", path, token, change, {"If-Match": checked.headers["etag"]})
    assert (changed.status, changed.json()["streak_count"]) == (200, 1)

    for method, below, body in (("PUT", "", change), ("DELETE", "", None), ("POST", "/check-ins", {})):
        assert stack.call(method, path + below, other, body).status == 404
    # Others do not see the date where its owner is.
    assert stack.call("GET", path, stack.token("a-reader")).json() == {**changed.json(), "checked_in_today": None}
    assert stack.call("DELETE", path).status == 401

    now = datetime.now(UTC).isoformat()
    event = {"user_id": user_id, "source": "tests", "occurred_at": now, "increments": {"tests_passed": 1}}
    stack.send({**event, "event_id": f"{user_id}-{number}"} for number in range(2))
    stack.drain()
    found = stack.call("GET", path, token).json()
    assert (found["status"], found["progress"], found["title"]) == ("completed", 100, "Pass two tests")
    streaks = stack.call("GET", f"/users/{user_id}/streaks", stack.token("a-reader")).json()
    assert streaks["activity"]["length"] >= 1

    gone = stack.call("DELETE", path, token)
    assert (gone.status, gone.body) == (204, b"")
    assert stack.call("GET", path, token).status == 404


def test_a_badge_is_created_shown_and_deleted(stack: Service) -> None:
    user_id = f"runner-{uuid.uuid4().hex[:8]}"
    token = stack.token(user_id)
    assert stack.call("GET", "/users/me", token).status == 200
    made = stack.call("POST", "/users/me/badges", token, {"name": "Marathon", "date_achieved": "2026-10-04"})
    assert made.status == 201
    assert stack.call("GET", f"/users/{user_id}/badges", stack.token("a-reader")).json()["items"] == [made.json()]
    path = f"/users/me/badges/{made.json()['badge_id']}"
    assert stack.call("DELETE", path, stack.token("somebody-else")).status == 404
    assert stack.call("DELETE", path, token).status == 204
    assert stack.call("GET", f"/users/{user_id}/badges", stack.token("a-reader")).json()["items"] == []
