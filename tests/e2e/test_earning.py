"""Automatic awards, over HTTP and the queues: criteria, backfill, revocation."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.e2e.conftest import Service, ok

pytestmark = [pytest.mark.e2e, pytest.mark.deployed]


def unique(name: str) -> str:
    return f"{name}-{uuid.uuid4().hex[:8]}"


def update(user: str, **increments: int) -> dict[str, Any]:
    occurred_at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "event_id": uuid.uuid4().hex,
        "user_id": user,
        "source": "homework-service",
        "occurred_at": occurred_at,
        "increments": increments,
    }


def test_criteria_award_later_users_and_a_backfill_awards_earlier_ones(stack: Service) -> None:
    early, late, code = unique("early"), unique("late"), unique("courses")
    admin, service = stack.admin(), stack.service()
    stack.send([update(early, active_courses=2)])
    stack.drain()

    # An admin defines the achievement, and adds criteria later, with the ETag of the version read before.
    draft = {"code": code, "translations": {"en": {"title": "Courses"}, "ru": {"title": "Курсы"}}, "points": 70}
    ok(stack.call("POST", "/achievements", admin, draft), 201)
    etag = stack.call("GET", f"/achievements/{code}", admin).headers["etag"]
    criteria = {"all": [{"metric": "active_courses", "op": "gte", "value": 2}]}
    patched = stack.call("PATCH", f"/achievements/{code}", admin, {"criteria": criteria}, headers={"If-Match": etag})
    assert ok(patched)["criteria"]["all"][0]["metric"] == "active_courses"
    again = stack.call("PATCH", f"/achievements/{code}", admin, {"points": 1}, headers={"If-Match": etag})
    assert again.status == 412

    # Meeting the criteria from now on awards automatically. A user who met them before waits for a backfill.
    stack.send([update(late, active_courses=1)])
    stack.drain()
    (waiting,) = [each for each in listed(stack, late, "in_progress") if each["code"] == code]
    assert (waiting["progress"]["value"], waiting["progress"]["target"]) == (1, 2)
    stack.send([update(late, active_courses=1)])
    stack.drain()
    assert points(stack, late) == 70
    assert code not in {each["code"] for each in listed(stack, early, "earned")}
    assert ok(stack.call("POST", f"/achievements/{code}/backfill", admin, {"dry_run": True}))["count"] == 1
    ok(stack.call("POST", f"/achievements/{code}/backfill", admin, {}), 202)
    stack.drain()
    assert points(stack, early) == 70

    # The award is revoked and not given again; the achievement is archived.
    ok(stack.call("DELETE", f"/users/{late}/achievements/{code}", service), 204)
    stack.send([update(late, active_courses=1)])
    stack.drain()
    assert points(stack, late) == 0
    ok(stack.call("DELETE", f"/achievements/{code}", admin), 204)
    assert stack.call("GET", f"/achievements/{code}").status == 404
    assert ok(stack.call("GET", f"/achievements/{code}?lang=ru", stack.token(early)))["title"] == "Курсы"


def listed(stack: Service, user: str, status: str) -> list[dict[str, Any]]:
    path = f"/users/{user}/achievements?status={status}&limit=100"
    found: list[dict[str, Any]] = ok(stack.call("GET", path, stack.token("a-reader")))["items"]
    return found


def points(stack: Service, user: str) -> int:
    found: int = ok(stack.call("GET", f"/users/{user}/stats", stack.token("a-reader")))["points"]
    return found
