"""The real application in the local stack: a call, a message and a schedule each reach their function."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local.cli import arguments
from tests.e2e.conftest import Service

pytestmark = pytest.mark.e2e


def update(event_id: Any, user_id: Any, **increments: Any) -> Any:
    return {
        "event_id": event_id,
        "user_id": user_id,
        "source": "homework-service",
        "occurred_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "increments": increments,
    }


def test_health_answers_without_a_token(stack: Service) -> None:
    assert stack.call("GET", "/health").status == 200


def test_a_minted_token_is_accepted_and_a_forged_one_refused(stack: Service) -> None:
    good = stack.token("ada")
    assert stack.call("GET", "/users/me", good).json()["user_id"] == "ada"
    head, claims, signature = good.split(".")
    assert stack.call("GET", "/users/me", f"{head}.{claims}.{signature[::-1]}").status == 403
    assert stack.call("GET", "/users/me").status == 401


def test_a_message_on_the_queue_is_counted_and_ranked_by_the_schedule(stack: Service) -> None:
    stack.send([update(f"m{n}", "queue-user", homeworks_completed=1) for n in range(25)])
    stack.drain()
    answer = stack.call("GET", "/users/queue-user/stats", stack.token("queue-user"))
    assert answer.json()["counters"]["homeworks_completed"] == 25
    stack.tick()
    board = stack.call("GET", "/leaderboards/homeworks", stack.token("a-reader")).json()
    assert ("queue-user", 25) in [(row["user_id"], row["score"]) for row in board["items"]]


def test_an_invalid_message_becomes_a_dead_letter_with_its_reason(stack: Service) -> None:
    stack.purge_dead_letters()
    stack.send([update("bad-1", "bad-user", no_such_metric=1)])
    stack.drain()
    (message,) = stack.dead_letters()
    assert message["body"]["event_id"] == "bad-1"
    assert "no_such_metric" in message["message_attributes"]["reason"]
    stack.purge_dead_letters()


def command(stack: Service, *words: Any) -> Any:
    return arguments.main([*words, "--url", stack.stack.url])


def test_a_message_with_a_lone_surrogate_is_parked_and_shown(
    stack: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.purge_dead_letters()
    stack.send([update(f"\udfff{number}", "surrogate-user", tests_passed=1) for number in range(4)])
    stack.send([update("good-1", "surrogate-user", tests_passed=1)])
    stack.drain()
    answer = stack.call("GET", "/users/surrogate-user/stats", stack.token("surrogate-user"))
    assert answer.json()["counters"]["tests_passed"] == 1
    assert command(stack, "queues", "--dlq", "StatUpdatesQueue") == 0
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(each["body"]["event_id"] for each in printed) == [f"\udfff{number}" for number in range(4)]
    assert all("surrogate" in each["message_attributes"]["reason"] for each in printed)
    stack.purge_dead_letters()


def test_a_corrected_message_with_the_same_event_id_counts_once(
    stack: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.purge_dead_letters()
    file = tmp_path / "updates"
    wrong = update("trap-1", "trap-user", homework_completed=1)  # a letter is missing
    file.write_text(json.dumps(wrong))
    assert command(stack, "send", str(file)) == 1
    assert "line 1: increments.homework_completed" in capsys.readouterr().err
    sqs = stack.sqs()
    sqs.send_message(QueueUrl=stack.queue_url(), MessageBody=json.dumps(wrong), MessageGroupId="trap-user")
    stack.drain()
    assert [each["body"] for each in stack.dead_letters()] == [wrong]
    corrected = json.dumps(wrong).replace("homework_completed", "homeworks_completed")
    file.write_text(corrected)
    for _ in range(2):
        assert command(stack, "send", str(file)) == 0
    stack.drain()
    answer = stack.call("GET", "/users/trap-user/stats", stack.token("trap-user"))
    assert answer.json()["counters"]["homeworks_completed"] == 1
    assert command(stack, "queues", "--redrive", "StatUpdatesQueue", "--edit", str(file)) == 0
    stack.drain()
    answer = stack.call("GET", "/users/trap-user/stats", stack.token("trap-user"))
    assert answer.json()["counters"]["homeworks_completed"] == 1
    assert stack.dead_letters() == []
    file.write_text(json.dumps(wrong))
    assert command(stack, "queues", "--redrive", "StatUpdatesQueue", "--edit", str(file)) == 1
    assert "line 1: increments.homework_completed" in capsys.readouterr().err
