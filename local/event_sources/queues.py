"""Queues that feed functions: SQS event source mappings with partial batch failures.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

import base64
import threading
from collections.abc import Callable
from typing import Any

from local.runtime.functions import LARGEST_POOL, EventTooLarge, Outcome, Unavailable
from local.runtime.process import Log
from local.template.application import Consumer, Resource

LARGEST_BATCH = 10  # messages, the most that SQS gives or takes at once
_WAIT = 5  # seconds of long polling
_CONCURRENCY = 2  # pollers of a queue whose mapping does not say


class QueueConsumer:
    """Invokes a function with batches of a queue, several at once."""

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
        most = min(self._consumer.batch_size, LARGEST_BATCH)
        poll(self.queue, self._sqs, self._work_off, self._stop, self._log, most)

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
        """Return the messages that succeeded. The others become visible again after their visibility time-out."""
        event = {"Records": [_record(message, self.queue.arn, self._region) for message in messages]}
        try:
            outcome = self._invoke(self._consumer.function, event)
        except EventTooLarge:
            return self._process_in_halves(messages)
        except Unavailable:
            return []
        if outcome.failed:
            return []
        if not self._consumer.report_failures:
            return messages
        failed = failures(outcome.value(), {message["MessageId"] for message in messages})
        if failed is None:
            self._log("queues", f"{self._consumer.function}: batchItemFailures is malformed, so the batch has failed")
            return []
        return [message for message in messages if message["MessageId"] not in failed]

    def _process_in_halves(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Process the second half without the groups that failed in the first, to keep their order."""
        half = len(messages) // 2
        if not half:
            self._log("queues", f"{self.queue.name}: message {messages[0]['MessageId']} is larger than an event may be")
            return []
        done = self._process(messages[:half])
        failed = {_group(message) for message in messages[:half] if message not in done} - {None}
        second = [message for message in messages[half:] if _group(message) not in failed]
        return done + (self._process(second) if second else [])


def poll(
    queue: Resource,
    sqs: Any,
    work_off: Callable[[list[dict[str, Any]]], None],
    stop: threading.Event,
    log: Log,
    most: int = LARGEST_BATCH,
) -> None:
    """Receive up to `most` messages at once and process them until `stop` is set. No message and no failure ends the
    loop."""
    while not stop.is_set():
        try:
            messages = receive(queue.url, sqs, most, WaitTimeSeconds=_WAIT)
            if messages and stop.is_set():
                _give_back(queue.url, sqs, messages)
            elif messages:
                work_off(messages)
        except Exception as reason:  # no message may end the poller
            if not stop.wait(1):
                log("queues", f"{queue.name}: {type(reason).__name__}: {reason}")


def _give_back(queue_url: str, sqs: Any, messages: list[dict[str, Any]]) -> None:
    """Make messages visible again: another stack on the same data plane would wait for them for minutes."""
    receipts = [{"Id": str(n), "ReceiptHandle": each["ReceiptHandle"]} for n, each in enumerate(messages)]
    entries = [receipt | {"VisibilityTimeout": 0} for receipt in receipts]
    sqs.change_message_visibility_batch(QueueUrl=queue_url, Entries=entries)


def receive(queue_url: str, sqs: Any, most: int = LARGEST_BATCH, **wanted: int) -> list[dict[str, Any]]:
    """Receive up to `most` messages with all their attributes. `wanted` holds further parameters of ReceiveMessage."""
    answer = sqs.receive_message(
        QueueUrl=queue_url,
        MaxNumberOfMessages=most,
        MessageSystemAttributeNames=["All"],
        MessageAttributeNames=["All"],
        **wanted,
    )
    messages: list[dict[str, Any]] = answer.get("Messages", [])
    return messages


def _group(message: dict[str, Any]) -> str | None:
    """Return the message's group; None on a standard queue."""
    group: str | None = message.get("Attributes", {}).get("MessageGroupId")
    return group


def failures(answer: Any, sent: set[str]) -> set[str] | None:
    """Return the ids of failed messages; None if all failed, because the answer is malformed."""
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
        attribute["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    return attribute


def depth(queue_url: str, sqs: Any) -> dict[str, int]:
    """Return how many messages are waiting, in flight or delayed."""
    names = {
        "waiting": "ApproximateNumberOfMessages",
        "in_flight": "ApproximateNumberOfMessagesNotVisible",
        "delayed": "ApproximateNumberOfMessagesDelayed",
    }
    found = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=list(names.values()))["Attributes"]
    return {word: int(found.get(name, 0)) for word, name in names.items()}
