"""A class's story over HTTP and the queues: made by a service, taught by a teacher, left by a learner."""

import csv
import io
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.conftest import Service, ok

pytestmark = [pytest.mark.e2e, pytest.mark.deployed]

LEARNERS, AWAY = 30, 4  # the last ones have been away for more than a week


def test_a_class_is_made_taught_and_left(stack: Service) -> None:
    prefix = f"pupil-{uuid.uuid4().hex[:6]}"
    users = [f"{prefix}-{number:02d}" for number in range(LEARNERS)]
    service, teacher, learner = stack.service(), stack.token(f"{prefix}-teacher"), stack.token(users[5])
    code = f"kind-{prefix}"
    draft = {"code": code, "translations": {"en": {"title": "Kind"}}, "points": 7, "by_teachers": True}
    ok(stack.call("POST", "/achievements", stack.admin(), draft), 201)

    # The school's service makes the class, and imports 30 learners who have never been here.
    group = ok(stack.call("POST", "/groups", service, {"kind": "class", "name": "7Б"}), 201)
    path = f"/groups/{group['group_id']}"
    assert stack.call("GET", path, teacher).status == 404
    ok(stack.call("PUT", f"{path}/members/{prefix}-teacher", service, {"role": "teacher"}))
    rows = {"items": [{"user_id": user} for user in users]}
    imported = ok(stack.call("POST", f"{path}/members/import", teacher, rows))
    assert (imported["added"], imported["failed"]) == (LEARNERS, 0)

    # They earn by the queue, with ties; some of them more than a week ago.
    now = datetime.now(UTC)
    stack.send(
        {
            "event_id": f"{user}-{number}",
            "user_id": user,
            "source": "homework-service",
            "occurred_at": (now - timedelta(days=9 if at >= LEARNERS - AWAY else 0, minutes=at)).isoformat(),
            "increments": {"tests_passed": 1},
        }
        for at, user in enumerate(users)
        for number in range(at % 3 + 1)
    )
    stack.drain()
    board = ok(stack.call("GET", f"{path}/leaderboard?board=tests&limit=100", learner))
    assert board["total"] == LEARNERS
    assert [row["rank"] for row in board["items"]] == [*[1] * 10, *[11] * 10, *[21] * 10]
    assert board["me"]["rank"] == next(row["rank"] for row in board["items"] if row["is_me"]) == 1
    around = ok(stack.call("GET", f"{path}/leaderboard?board=tests&around=me", learner))["items"]
    assert [row["user_id"] for row in around if row["is_me"]] == [users[5]]

    # The teacher sees who has been away, as JSON and as CSV, and awards three.
    report = ok(stack.call("GET", f"{path}/report?sort=risk", teacher))["items"]
    away = [row["user_id"] for row in report if row["days_since"] >= 7]
    assert set(away) == set(users[-AWAY:])
    assert [row["user_id"] for row in report[:AWAY]] == away
    answer = stack.call("GET", f"{path}/report", teacher, headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))
    assert [line["user_id"] for line in lines] == [row["user_id"] for row in report]
    assert stack.call("GET", f"{path}/report", learner).status == 403
    given = {"code": code, "user_ids": users[:3]}
    assert ok(stack.call("POST", f"{path}/awards", teacher, given))["awarded"] == 3
    assert ok(stack.call("POST", f"{path}/awards", teacher, given))["already_awarded"] == 3
    points = ok(stack.call("GET", f"{path}/leaderboard", learner))
    assert [(row["user_id"], row["score"]) for row in points["items"]] == [(user, 7) for user in users[:3]]

    # The teacher turns the board anonymous, then off.
    ok(stack.call("PATCH", path, teacher, {"board": "anonymous"}))
    hidden = ok(stack.call("GET", f"{path}/leaderboard?board=tests", learner))
    assert {(row["user_id"], row["display_name"]) for row in hidden["items"]} == {(None, None)}
    ok(stack.call("PATCH", path, teacher, {"board": "off"}))
    assert stack.call("GET", f"{path}/leaderboard", learner).status == 404
    ok(stack.call("PATCH", path, teacher, {"board": "shown"}))

    # A learner leaves, and from then on is a stranger.
    ok(stack.call("DELETE", f"{path}/members/me", learner), 204)
    for below in ("", "/members", "/leaderboard", "/report"):
        assert stack.call("GET", path + below, learner).status == 404
    assert ok(stack.call("GET", path, teacher))["members_count"] == LEARNERS
    assert users[5] not in stack.call("GET", f"{path}/members?limit=100", teacher).body.decode()
    assert ok(stack.call("GET", "/users/me/groups", learner))["items"] == []
    assert stack.dead_letters() == []
