"""The real application in the local stack: a call, a message and a schedule each reach their function."""

from datetime import UTC, datetime

import pytest

pytestmark = pytest.mark.e2e


def update(event_id, user_id, **increments):
    return {
        "event_id": event_id,
        "user_id": user_id,
        "source": "homework-service",
        "occurred_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "increments": increments,
    }


def test_health_answers_without_a_token(stack):
    assert stack.call("GET", "/health").status == 200


def test_every_route_reaches_a_function_that_can_be_loaded(stack):
    for route in stack.stack.application.routes:
        path = route.path.removeprefix("/v1").replace("{user_id}", "u1").replace("{board}", "points")
        answer = stack.call(route.method, path, stack.admin(), body=b"{" if route.method != "GET" else None)
        assert answer.status < 500, (route.key, answer)


def test_a_token_of_the_command_line_is_accepted_and_a_forged_one_refused(stack):
    good = stack.token("ada")
    assert stack.call("GET", "/users/me", good).json()["user_id"] == "ada"
    head, claims, signature = good.split(".")
    assert stack.call("GET", "/users/me", f"{head}.{claims}.{signature[::-1]}").status == 403
    assert stack.call("GET", "/users/me").status == 401


def test_a_message_on_the_queue_is_counted_and_the_schedule_ranks_it(stack):
    stack.send([update(f"m{n}", "queue-user", homeworks_completed=1) for n in range(25)])
    stack.drain()
    answer = stack.call("GET", "/users/queue-user/stats", stack.token("queue-user"))
    assert answer.json()["counters"]["homeworks_completed"] == 25
    stack.tick()
    board = stack.call("GET", "/leaderboards/homeworks").json()
    assert ("queue-user", 25) in [(row["user_id"], row["score"]) for row in board["items"]]


def test_a_message_that_can_never_be_applied_is_found_among_the_dead_letters(stack):
    stack.purge_dead_letters()
    stack.send([update("bad-1", "bad-user", no_such_metric=1)])
    stack.drain()
    (message,) = stack.dead_letters()
    assert message["body"]["event_id"] == "bad-1"
    assert "no_such_metric" in message["message_attributes"]["reason"]
    stack.purge_dead_letters()
