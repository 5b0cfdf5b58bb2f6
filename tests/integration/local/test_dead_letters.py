"""Messages that no consumer can process: pollers survive them; commands show, correct and redrive them."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from local.cli import arguments
from local.event_sources import dead_letters
from tests.integration.local.test_sources import bodies, drain, send

SURROGATE = "\udfff"


@pytest.fixture
def urls(stack: Any) -> Any:
    """The URLs of the queue and of its dead letters."""
    return stack.application.queues["WorkQueue"].url, stack.application.queues["WorkDeadLetters"].url


def park(stack: Any, *found: Any, group: str = "g", attributes: Any = None) -> None:
    """Send messages to the dead-letter queue with a reason, as a consumer parks them."""
    reason = {"reason": {"DataType": "String", "StringValue": "because"}}
    for body in found:
        stack.clients("sqs").send_message(
            QueueUrl=stack.application.queues["WorkDeadLetters"].url,
            MessageBody=body if isinstance(body, str) else json.dumps(body),
            MessageGroupId=group,
            MessageDeduplicationId=uuid.uuid4().hex,
            MessageAttributes=reason | (attributes or {}),
        )


def command(stack: Any, *words: Any) -> Any:
    return arguments.main(["queues", *words, "--url", stack.url])


def left(stack: Any, urls: Any) -> Any:
    return [message["body"] for message in dead_letters.peek(urls[1], stack.clients("sqs"))]


# ---- pollers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("about", "attributes"),
    [
        ({"MessageDeduplicationId": SURROGATE}, {}),
        ({"MessageGroupId": SURROGATE}, {}),
        ({}, {"a": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}),
    ],
)
def test_pollers_survive_any_message(
    stack: Any, batches: Any, urls: Any, about: dict[str, Any], attributes: dict[str, Any]
) -> None:
    for number in range(8):  # more messages than pollers
        message = {"MessageGroupId": f"g{number}", "MessageDeduplicationId": uuid.uuid4().hex} | about
        if "MessageDeduplicationId" in about:
            message["MessageDeduplicationId"] += str(number)
        body = json.dumps({"n": number})
        stack.clients("sqs").send_message(QueueUrl=urls[0], MessageBody=body, MessageAttributes=attributes, **message)
    send(stack, {"n": 100})
    drain(stack)
    assert sorted(n for records in batches() for n in bodies(records)) == [*range(8), 100]


def test_a_batch_larger_than_an_event_is_split(stack: Any, batches: Any) -> None:
    for number in range(10):
        send(stack, {"n": number, "text": "x" * 900_000}, group="one")
    drain(stack)
    seen = [bodies(records) for records in batches()]
    assert [n for part in seen for n in part] == list(range(10))
    assert max(map(len, seen)) < 10


# ---- showing -------------------------------------------------------------------------------------


def test_dead_letters_with_any_body_are_shown(stack: Any, batches: Any, capsys: pytest.CaptureFixture[str]) -> None:
    shown = [
        json.dumps({"event_id": SURROGATE}),
        "no JSON \x9b31m ‮",
        "[" * 100_000,
        '{"a": 1, "a": 2}',
        "NaN",
        "1" * 10_000,
        '"дз ✓"',
    ]
    park(stack, *shown)
    assert command(stack, "--dlq", "WorkQueue") == 0
    printed = capsys.readouterr()
    lines = [json.loads(line) for line in printed.out.splitlines()]
    assert [line["message_attributes"]["reason"] for line in lines] == ["because"] * len(shown)
    expected = [{"event_id": SURROGATE}, *shown[1:4]]
    assert [line["body"] for line in lines][:4] == expected
    assert [line["body"] for line in lines][5:] == [shown[5], "дз ✓"]
    assert "дз ✓" in printed.out
    assert printed.out.replace("\n", "").isprintable()
    assert "7 of 7 messages in WorkDeadLetters" in printed.err


# ---- redrive -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["WorkQueue", "WorkDeadLetters"])
def test_a_redrive_sends_all_dead_letters_back_in_order(
    stack: Any, batches: Any, urls: Any, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = {"kind": {"DataType": "String", "StringValue": "x"}}
    park(stack, *({"n": n} for n in range(25)), group="one", attributes=kept)
    assert command(stack, "--redrive", name) == 0
    assert capsys.readouterr().out == "WorkQueue: 25 put back, 0 left in WorkDeadLetters\n"
    drain(stack)
    records = [record for part in batches() for record in part]
    assert bodies(records) == list(range(25))
    assert {record["attributes"]["MessageGroupId"] for record in records} == {"one"}
    assert {tuple(record["messageAttributes"]) for record in records} == {("kind",)}
    assert left(stack, urls) == []


def test_a_redriven_message_that_fails_again_is_redriven_only_once(stack: Any, batches: Any, urls: Any) -> None:
    park(stack, {"n": 1, "how": "fail"})
    assert command(stack, "--redrive", "WorkQueue") == 0
    drain(stack, again=batches)
    assert left(stack, urls) == [{"n": 1, "how": "fail"}]


def test_a_correction_replaces_the_dead_letter_with_its_event_id(
    stack: Any, batches: Any, urls: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    park(stack, {"n": 1, "event_id": "a", "user_id": "u1"}, {"n": 2, "event_id": "b"}, "no JSON", group="u1")
    file = tmp_path / "corrected"
    corrected = {"n": 10, "event_id": "a", "user_id": "u2"}
    file.write_text(json.dumps(corrected) + '\n\n{"event_id": "nobody"}\n')
    assert command(stack, "--redrive", "WorkQueue", "--edit", str(file)) == 1
    said = capsys.readouterr()
    assert said.out == "WorkQueue: 1 corrected and put back, 2 left in WorkDeadLetters\n"
    assert said.err == "no dead letter has the id nobody\n"
    drain(stack)
    ((record,),) = batches()
    assert json.loads(record["body"]) == corrected
    assert record["attributes"]["MessageGroupId"] == "u2"  # the group is the user
    assert left(stack, urls) == [{"n": 2, "event_id": "b"}, "no JSON"]


@pytest.mark.parametrize(
    "body",
    [
        '{"n": 1, "n": 2, "event_id": "a"}',
        '{"n": 1, "event_id": "a",}',
        "no JSON",
        '{"event_id": "\\udfff"}',
        '{"event_id": 7}',
        "[" * 1000,
    ],
)
def test_a_printed_dead_letter_is_corrected_by_its_message_id(
    stack: Any, batches: Any, urls: Any, tmp_path: Path, body: str, capsys: pytest.CaptureFixture[str]
) -> None:
    park(stack, body, {"event_id": "stays"})
    assert command(stack, "--dlq", "WorkQueue") == 0
    printed = json.loads(capsys.readouterr().out.splitlines()[0])
    file = tmp_path / "corrected"
    file.write_text(json.dumps(printed | {"body": {"n": 1, "event_id": "a"}}))
    assert command(stack, "--redrive", "WorkQueue", "--edit", str(file)) == 0
    assert capsys.readouterr().out == "WorkQueue: 1 corrected and put back, 1 left in WorkDeadLetters\n"
    drain(stack)
    ((record,),) = batches()
    assert json.loads(record["body"]) == {"n": 1, "event_id": "a"}
    assert left(stack, urls) == [{"event_id": "stays"}]


def test_a_dead_letter_with_a_duplicate_name_is_corrected_by_its_event_id(
    stack: Any, batches: Any, urls: Any, tmp_path: Path
) -> None:
    park(stack, '{"event_id": "a", "n": 1, "n": 2}')
    file = tmp_path / "corrected"
    file.write_text('{"event_id": "a", "n": 2}')
    assert command(stack, "--redrive", "WorkQueue", "--edit", str(file)) == 0
    drain(stack)
    assert [n for records in batches() for n in bodies(records)] == [2]
    assert left(stack, urls) == []


@pytest.mark.parametrize(
    "line", ["nonsense", "[]", '{"n": 1}', "1", '{"event_id": 7}', '{"event_id": "a"}', "[" * 100_000]
)
def test_an_invalid_correction_moves_no_message(
    stack: Any, batches: Any, urls: Any, tmp_path: Path, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    park(stack, {"event_id": "a"})
    file = tmp_path / "corrected"
    file.write_text('{"event_id": "a"}\n' + line)
    assert command(stack, "--redrive", "WorkQueue", "--edit", str(file)) == 1
    assert f"{file}, line 2: " in capsys.readouterr().err
    assert left(stack, urls) == [{"event_id": "a"}]


@pytest.mark.parametrize("name", ["Nowhere", "WatchUploaded"])
def test_a_redrive_of_a_queue_without_dead_letters_is_refused(
    stack: Any, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(stack, "--redrive", name) == 1
    assert name in capsys.readouterr().err
