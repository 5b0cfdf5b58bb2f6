"""Sending to SQS: the messages that arrive on a queue, and the errors raised when sending fails."""

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from laurels import queues as door
from laurels.errors import Unavailable
from laurels.queues import MAX_BYTES, Message
from tests.integration.conftest import Queues
from tests.servers import answering, nobody


def received(queues: Queues, url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = queues.client.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"]
    ).get("Messages", [])
    return found


def test_a_message_is_sent_with_its_group_and_deduplication_id(queues: Queues) -> None:
    door.send(queues.url, "дз 1 ✓", group="42", deduplication="hw-1")
    door.send(queues.url, "дз 1 ✓", group="42", deduplication="hw-1")
    door.send(queues.url, "дз 2 ✓", group="42", deduplication="hw-2")
    messages = received(queues, queues.url)
    assert [message["Body"] for message in messages] == ["дз 1 ✓", "дз 2 ✓"]
    assert {message["Attributes"]["MessageGroupId"] for message in messages} == {"42"}


@pytest.mark.parametrize(
    "text", ["a" * 128, "auth0|5f7c", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"], ids=["longest", "Auth0", "punctuation"]
)
def test_an_id_that_sqs_accepts_is_unchanged(text: str, queues: Queues) -> None:
    door.send(queues.url, "x", group=text, deduplication=text)
    (message,) = received(queues, queues.url)
    attributes = message["Attributes"]
    assert (attributes["MessageGroupId"], attributes["MessageDeduplicationId"]) == (text, text)


@pytest.mark.parametrize("text", ["a" * 129, "4 2", "дз", "a\n"], ids=["too long", "space", "Cyrillic", "line feed"])
def test_an_id_that_sqs_refuses_is_hashed_deterministically(text: str, queues: Queues) -> None:
    door.send(queues.url, "x", group=text, deduplication=text)
    door.send(queues.url, "x", group=text, deduplication=text)
    door.send(queues.url, "x", group=text, deduplication=f"{text}!")
    first, second = received(queues, queues.url)
    assert first["Attributes"]["MessageGroupId"] == second["Attributes"]["MessageGroupId"]
    assert len(first["Attributes"]["MessageGroupId"]) == 64


def test_characters_that_sqs_refuses_are_sent_as_escapes(queues: Queues) -> None:
    """SQS takes those of XML. In JSON, control characters are escapes already."""
    text = "".join(map(chr, (*range(0x20), 0xFFFD, 0xFFFE, 0xFFFF, 0x1F393))) * 2
    door.send(queues.url, json.dumps({"text": text}, ensure_ascii=False), group="42", deduplication="a")
    (message,) = received(queues, queues.url)
    assert re.fullmatch("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*", message["Body"])
    assert json.loads(message["Body"]) == {"text": text}


def test_a_parked_message_keeps_its_body_and_group_and_gains_a_reason(queues: Queues) -> None:
    door.park(queues.dlq_url, Message("id-1", '{"broken', "42"), "not JSON")
    (message,) = received(queues, queues.dlq_url)
    assert message["Body"] == '{"broken'
    assert message["Attributes"]["MessageGroupId"] == "42"
    assert message["MessageAttributes"] == {"reason": {"StringValue": "not JSON", "DataType": "String"}}


def test_a_message_without_a_group_can_be_parked(queues: Queues) -> None:
    """It is of a standard queue, so its dead-letter queue is standard, too."""
    url = queues.urls["ErasuresDeadLetters"]
    door.park(url, Message("id-1", "x", ""), "why")
    (message,) = received(queues, url)
    assert message["MessageAttributes"]["reason"]["StringValue"] == "why"


def test_a_delayed_message_waits(queues: Queues) -> None:
    url = queues.urls["ErasuresQueue"]
    door.send_later(url, "now")
    door.send_later(url, "later", 10_000)
    assert [message["Body"] for message in received(queues, url)] == ["now"]
    names = ["ApproximateNumberOfMessagesDelayed"]
    assert queues.client.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"] == {names[0]: "1"}


def test_two_parked_messages_with_the_same_body_are_both_kept(queues: Queues) -> None:
    for name in ("id-1", "id-2"):
        door.park(queues.dlq_url, Message(name, "x", "42"), "why")
    assert len(received(queues, queues.dlq_url)) == 2


def test_a_long_reason_is_truncated(queues: Queues) -> None:
    door.park(queues.dlq_url, Message("id-1", "x", "42"), "y" * 5000)
    (message,) = received(queues, queues.dlq_url)
    assert message["MessageAttributes"]["reason"]["StringValue"] == "y" * 1000


def test_characters_that_sqs_refuses_are_replaced_in_a_reason(queues: Queues) -> None:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""
    door.park(queues.dlq_url, Message("id-1", "x", "42"), "поле \0\x1b\ufffe\n: wrong")
    (message,) = received(queues, queues.dlq_url)
    assert message["MessageAttributes"]["reason"]["StringValue"] == "поле ????: wrong"


@pytest.mark.parametrize(("body_bytes", "reasons"), [(MAX_BYTES - 15, 1), (MAX_BYTES - 14, 0), (MAX_BYTES, 0)])
def test_a_message_of_maximum_size_is_parked_without_a_reason(
    body_bytes: int, reasons: int, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQS counts attributes (name, type and value) towards the size, and would refuse the message with a reason."""
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(door, "_send", lambda **request: sent.append(request))
    body = "я" + "x" * (body_bytes - 2)
    door.park(queues.dlq_url, Message("id-1", body, "42"), "why")
    assert [len(request["MessageAttributes"]) for request in sent] == [reasons]


BUSY = {
    "internal error": (500, {"__type": "com.amazonaws.sqs#InternalError"}),
    "not available": (503, {"__type": "com.amazonaws.sqs#ServiceUnavailable"}),
    "throttled": (400, {"__type": "com.amazonaws.sqs#RequestThrottled"}),
    "throttled keys": (400, {"__type": "com.amazonaws.sqs#KmsThrottled"}),
}


def sending_to(server: AbstractContextManager[str], monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function that sends a message to that server."""

    def send() -> None:
        with server as url:
            monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", url)
            door.send(f"{url}/123456789012/updates.fifo", "x", group="42", deduplication="hw-1")

    return send


@pytest.mark.parametrize(("status", "body"), BUSY.values(), ids=BUSY)
def test_a_busy_queue_raises_unavailable(
    status: int, body: dict[str, str], queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = sending_to(answering(status, json.dumps(body).encode()), monkeypatch)
    with pytest.raises(Unavailable) as raised:
        send()
    assert raised.value.retry_after == 1


@pytest.mark.parametrize("server", [nobody(), answering(0)], ids=["nobody listens", "the connection ends"])
def test_a_queue_that_does_not_respond_raises_unavailable(
    server: AbstractContextManager[str], queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Unavailable):
        sending_to(server, monkeypatch)()


@pytest.mark.parametrize("code", ["AccessDeniedException", "QueueDoesNotExist", "InvalidParameterValue"])
def test_a_client_error_does_not_raise_unavailable(code: str, queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    body = json.dumps({"__type": f"com.amazonaws.sqs#{code}", "message": "no"}).encode()
    send = sending_to(answering(400, body), monkeypatch)
    with pytest.raises(Exception, match=code.removesuffix("Exception")) as raised:
        send()
    assert not isinstance(raised.value, Unavailable)
