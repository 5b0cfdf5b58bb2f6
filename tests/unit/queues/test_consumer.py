"""The messages a consumer reads from an SQS event, and the batch item failures it returns."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from laurels.queues import Message, consumer

RECORDS = {
    "Records": [
        {
            "messageId": "1",
            "receiptHandle": "AQEB",
            "body": '{"text": "дз"}',
            "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": "42", "MessageDeduplicationId": "d"},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
        },
        {"messageId": "2", "body": "", "attributes": {"ApproximateReceiveCount": "3"}, "messageAttributes": {}},
    ]
}
MESSAGES = [Message("1", '{"text": "дз"}', "42", 1, "AQEB"), Message("2", "", "", 3)]


def _taking(seen: list[Message]) -> Callable[[list[Message]], list[Message]]:
    """Return a consumer's function that records all messages and fails none."""

    def take(messages: list[Message]) -> list[Message]:
        seen.extend(messages)
        return []

    return take


def test_messages_keep_id_body_group_receives_receipt_and_order() -> None:
    seen: list[Message] = []
    consumer(_taking(seen))(RECORDS, None)
    assert seen == MESSAGES


@pytest.mark.parametrize("failed", [[], MESSAGES[1:], MESSAGES], ids=["none", "one", "all"])
def test_failed_messages_are_returned_as_batch_item_failures(failed: list[Message]) -> None:
    answer = consumer(lambda _: iter(failed))(RECORDS, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": message.id} for message in failed]}
    json.dumps(answer)  # Lambda sends it as JSON


def test_an_exception_reaches_lambda_so_that_the_whole_batch_is_delivered_again() -> None:
    def apply(_: list[Message]) -> list[Message]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        consumer(apply)(RECORDS, None)


def test_the_sample_event_is_consumed() -> None:
    event = json.loads((Path(__file__).parents[3] / "events/stats/apply_stat_updates.json").read_text())
    seen: list[Message] = []
    consumer(_taking(seen))(event, None)
    assert [message.group for message in seen] == [json.loads(message.body)["user_id"] for message in seen]
