"""The door to SQS: send messages, park those that can never succeed, consume batches."""

import hashlib
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from laurels.aws import client

# A message with its attributes (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html).
MAX_BYTES = 1024 * 1024
LONGEST_DELAY = 900  # seconds
# Characters that SQS refuses, and takes as escapes of JSON
# (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html).
_REFUSED = str.maketrans({"\ufffe": "\\ufffe", "\uffff": "\\uffff"})


@dataclass(frozen=True, slots=True)
class Message:
    """A message as Lambda passes it to a consumer. `group` is empty on standard queues; `receives` is 1 for the first
    delivery, and `receipt` names this one."""

    id: str
    body: str
    group: str
    receives: int = 1
    receipt: str = ""


def send(queue_url: str, body: str, *, group: str, deduplication: str = "") -> None:
    """Send a message, which is JSON, to a FIFO queue. A duplicate within 5 minutes is dropped. Raises Unavailable.

    Without `deduplication` the queue must have ContentBasedDeduplication: then a duplicate is the same body.
    """
    request = {"QueueUrl": queue_url, "MessageBody": body, "MessageGroupId": _sqs_id(group)}
    _send(**request | ({"MessageDeduplicationId": _sqs_id(deduplication)} if deduplication else {}))


def send_later(queue_url: str, body: str, seconds: float = 0) -> None:
    """Send a message, which is JSON, to a standard queue, to be delivered after some seconds (at most LONGEST_DELAY).
    Raises Unavailable."""
    _send(QueueUrl=queue_url, MessageBody=body, DelaySeconds=min(math.ceil(seconds), LONGEST_DELAY))


def park(queue_url: str, message: Message, reason: str) -> None:
    """Put a message that can never succeed on the dead-letter queue, with the reason as an attribute if the message
    leaves room for it. A message of a FIFO queue has a group, and its dead-letter queue is FIFO, too.

    SQS's own redrive would take other messages along: in a FIFO queue, those behind it in the group are returned with
    it and use up their receives.
    """
    # SQS refuses control characters, which a field named in the reason may contain.
    reason = "".join(character if character.isprintable() else "?" for character in reason[:1000])
    attributes = {"reason": {"DataType": "String", "StringValue": reason}}
    size = len(f"{message.body}reasonString{reason}".encode())
    fifo = {"MessageGroupId": message.group, "MessageDeduplicationId": message.id} if message.group else {}
    about = {"MessageAttributes": attributes if size <= MAX_BYTES else {}}
    _send(QueueUrl=queue_url, MessageBody=message.body, **fifo, **about)


def delay(queue_url: str, message: Message, seconds: int) -> None:
    """Have a received message delivered again after some seconds, instead of its queue's visibility timeout."""
    request = {"QueueUrl": queue_url, "ReceiptHandle": message.receipt, "VisibilityTimeout": seconds}
    client.call("sqs", "AmazonSQS.ChangeMessageVisibility", request)


def consumer(apply: Callable[[list[Message]], Iterable[Message]]) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """Return the handler of an SQS-triggered function. `apply` returns the messages to deliver again; if it raises, all
    are.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html (partial batch responses)
    """

    def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        messages = [
            Message(
                record["messageId"],
                record["body"],
                record["attributes"].get("MessageGroupId", ""),
                int(record["attributes"].get("ApproximateReceiveCount", 1)),
                record.get("receiptHandle", ""),
            )
            for record in event["Records"]
        ]
        return {"batchItemFailures": [{"itemIdentifier": message.id} for message in apply(messages)]}

    return handler


def _sqs_id(text: str) -> str:
    """Return a group or deduplication id: SQS takes 128 ASCII characters without spaces, so other texts are hashed."""
    fits = len(text) <= 128 and text.isascii() and text.isprintable() and " " not in text
    return text if fits else hashlib.sha256(text.encode()).hexdigest()


def _send(**request: Any) -> None:
    body: str = request["MessageBody"]
    client.call("sqs", "AmazonSQS.SendMessage", request | {"MessageBody": body.translate(_REFUSED)})
