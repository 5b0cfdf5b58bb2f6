"""Queues that feed functions: SQS event source mappings with partial batch failures.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

import contextlib
import json
import threading
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.runtime.functions import LARGEST_POOL, EventTooLarge, Outcome, Unavailable
from local.runtime.process import Log
from local.template.application import Consumer, Resource

_BATCH = 10  # messages, the most that SQS gives or takes at once
_WAIT = 5  # seconds of long polling
_CONCURRENCY = 2  # pollers of a queue whose mapping does not say


class QueueConsumer:
    """Invokes a function with the messages of a queue, a few batches at once."""

    def __init__(
        self,
        consumer: Consumer,
        queue: Resource,
        sqs: Any,
        invoke: Callable[[str, Any], Outcome],
        region: str,
        log: Log,
    ) -> None:
        self.queue = queue
        self._consumer = consumer
        self._sqs = sqs
        self._invoke = invoke
        self._region = region
        self._log = log
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._batches = 0
        for _ in range(min(consumer.concurrency or _CONCURRENCY, LARGEST_POOL)):
            threading.Thread(target=self._poll, daemon=True).start()

    @property
    def idle(self) -> bool:
        return self._batches == 0

    def stop(self) -> None:
        self._stop.set()

    def _poll(self) -> None:
        while not self._stop.is_set():
            try:
                messages = self._receive()
                if messages:
                    self._work_off(messages)
            except (ClientError, BotoCoreError) as reason:
                if not self._stop.wait(1):
                    self._log("sources", f"{self.queue.name}: {reason}")

    def _receive(self) -> list[dict[str, Any]]:
        wanted = min(self._consumer.batch_size, _BATCH)
        answer = self._sqs.receive_message(
            QueueUrl=self.queue.url,
            MaxNumberOfMessages=wanted,
            WaitTimeSeconds=_WAIT,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def _work_off(self, messages: list[dict[str, Any]]) -> None:
        with self._lock:
            self._batches += 1
        try:
            done = self._process(messages)
            if done:
                entries = [{"Id": str(n), "ReceiptHandle": each["ReceiptHandle"]} for n, each in enumerate(done)]
                self._sqs.delete_message_batch(QueueUrl=self.queue.url, Entries=entries)
        finally:
            with self._lock:
                self._batches -= 1

    def _process(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The messages that are done with. The others come back when their visibility time-out has passed."""
        event = {"Records": [_record(message, self.queue.arn, self._region) for message in messages]}
        try:
            outcome = self._invoke(self._consumer.function, event)
        except (Unavailable, EventTooLarge):
            return []
        if outcome.failed:
            return []
        if not self._consumer.report_failures:
            return messages
        failed = failures(outcome.value(), {message["MessageId"] for message in messages})
        if failed is None:
            self._log("sources", f"{self._consumer.function}: batchItemFailures is malformed, so the batch has failed")
            return []
        return [message for message in messages if message["MessageId"] not in failed]


def failures(answer: Any, sent: set[str]) -> set[str] | None:
    """The ids of the messages that failed; None when all did, because the answer is not what it should be."""
    if answer is None:
        return set()
    if not isinstance(answer, dict):
        return None
    items = answer.get("batchItemFailures") or []
    if not isinstance(items, list):
        return None
    ids = [item.get("itemIdentifier") if isinstance(item, dict) else None for item in items]
    found = {each for each in ids if isinstance(each, str)}
    return found if len(found) == len(set(ids)) and found <= sent else None


def _record(message: dict[str, Any], queue_arn: str, region: str) -> dict[str, Any]:
    record = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: _message_attribute(value) for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": region,
    }
    if "MD5OfMessageAttributes" in message:
        record["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    return record


def _message_attribute(value: dict[str, Any]) -> dict[str, Any]:
    attribute: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    if "StringValue" in value:
        attribute["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        attribute["binaryValue"] = value["BinaryValue"]
    return attribute


def depth(queue: Resource, sqs: Any) -> dict[str, int]:
    """How many messages wait, are being worked on, or are delayed."""
    names = {
        "waiting": "ApproximateNumberOfMessages",
        "in_flight": "ApproximateNumberOfMessagesNotVisible",
        "delayed": "ApproximateNumberOfMessagesDelayed",
    }
    found = sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=list(names.values()))["Attributes"]
    return {word: int(found.get(name, 0)) for word, name in names.items()}


def peek(queue: Resource, sqs: Any, limit: int = 1000) -> list[dict[str, Any]]:
    """Messages of a queue nobody consumes, left in it. Of a FIFO group the first ten at most."""
    found: list[dict[str, Any]] = []
    while len(found) < limit:
        answer = sqs.receive_message(
            QueueUrl=queue.url,
            MaxNumberOfMessages=_BATCH,
            VisibilityTimeout=30,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        if not answer.get("Messages"):
            break
        found += answer["Messages"]
    for message in found:
        with contextlib.suppress(ClientError):
            sqs.change_message_visibility(
                QueueUrl=queue.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )
    return [
        {
            "message_id": message["MessageId"],
            "body": _json_or_text(message["Body"]),
            "attributes": message.get("Attributes", {}),
            "message_attributes": {
                name: value.get("StringValue") for name, value in message.get("MessageAttributes", {}).items()
            },
        }
        for message in found
    ]


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
