"""Stat updates as SQS delivers them, and their outcomes."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from laurels import clock
from stats.apply_stat_updates import handler
from tests.integration.conftest import Queues

_numbers = count(1)


def update(event_id: str, user_id: str = "42", *, ago: timedelta = timedelta(), **fields: Any) -> dict[str, Any]:
    """A stat update that adds one homework, unless the fields say otherwise."""
    return {
        "event_id": event_id,
        "user_id": user_id,
        "source": "homework-service",
        "occurred_at": clock.iso(datetime.now(UTC) - ago),
        "increments": {"homeworks_completed": 1},
        **fields,
    }


def record(body: str, group: str = "42") -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html"""
    number = next(_numbers)
    return {
        "messageId": f"message-{number}",
        "receiptHandle": f"receipt-{number}",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1795198925100",
            "SequenceNumber": f"{1888905271234556920 + number}",
            "MessageGroupId": group,
            "SenderId": "AIDAEXAMPLE",
            "MessageDeduplicationId": f"deduplication-{number}",
            "ApproximateFirstReceiveTimestamp": "1795198925130",
        },
        "messageAttributes": {},
        "md5OfBody": "0" * 32,
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:StatUpdatesQueue.fifo",
        "awsRegion": "eu-central-1",
    }


def records(updates: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [record(json.dumps(each), each["user_id"]) for each in updates]


def deliver(batch: Sequence[dict[str, Any]]) -> list[str]:
    """Pass a batch of records to the function; return the ids of the records to retry."""
    assert len(batch) <= 10
    answer = handler({"Records": list(batch)}, None)
    assert answer.keys() == {"batchItemFailures"}
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def ids(batch: Sequence[dict[str, Any]]) -> list[str]:
    return [each["messageId"] for each in batch]


def parked(queues: Queues) -> list[tuple[str, str]]:
    """Remove all messages from the dead-letter queue; return the body and reason of each."""
    found = []
    while messages := queues.client.receive_message(
        QueueUrl=queues.dlq_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    ).get("Messages"):
        for message in messages:
            found.append((message["Body"], message["MessageAttributes"]["reason"]["StringValue"]))
            queues.client.delete_message(QueueUrl=queues.dlq_url, ReceiptHandle=message["ReceiptHandle"])
    return found
