"""Dead letters: messages that a consumer could not process, shown and put back."""

import contextlib
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from local.event_sources import queues

_HIDDEN = 120  # seconds in which nobody else receives a message that is looked at
_DEEPEST = 200  # brackets in a body that is shown as JSON: Python gives up on those nested too deeply


class Redriven(NamedTuple):
    """The result of a redrive: message ids that were moved, the corrections' ids that were found, message ids that
    stay."""

    moved: list[str]
    corrected: list[str]
    kept: list[str]


def peek(queue_url: str, sqs: Any, limit: int = 1000) -> list[dict[str, Any]]:
    """Return messages of a queue without consuming them. Of a FIFO group at most the first ten."""
    found: list[dict[str, Any]] = []
    with given_back(queue_url, sqs) as received:
        while len(found) < limit and (batch := receive(queue_url, sqs)):
            found += batch
            received += batch
    return [
        {
            "message_id": message["MessageId"],
            "body": _as_json(message["Body"]),
            "attributes": message.get("Attributes", {}),
            "message_attributes": {
                name: value.get("StringValue") for name, value in message.get("MessageAttributes", {}).items()
            },
        }
        for message in found
    ]


def redrive(dead_letters_url: str, queue_url: str, sqs: Any, corrections: Mapping[str, str] | None = None) -> Redriven:
    """Put dead letters back onto their queue, each under a deduplication id of its own, or SQS could drop it.

    With `corrections` (message id or event id → corrected body) only these messages move, and with these bodies; the
    others stay. Of a FIFO group with messages that stay the first ten are looked at.
    A redrive that ends in the middle may leave a message in both queues: consumers are idempotent.
    """
    # Only the messages there are now: those that fail again at once would be moved forever.
    count = queues.depth(dead_letters_url, sqs)["waiting"]
    moved: list[str] = []
    corrected: list[str] = []
    with given_back(dead_letters_url, sqs) as kept:
        while len(moved) + len(kept) < count and (batch := receive(dead_letters_url, sqs)):
            for message in batch:
                body, named = message["Body"], ""
                if corrections is not None:
                    ids = (message["MessageId"], _event_id(body))
                    named = next((each for each in ids if each in corrections), "")
                    if not named:
                        kept.append(message)
                        continue
                    body = corrections[named]
                sqs.send_message(QueueUrl=queue_url, MessageBody=body, **_addressed_as(message, body))
                sqs.delete_message(QueueUrl=dead_letters_url, ReceiptHandle=message["ReceiptHandle"])
                moved.append(message["MessageId"])
                if named:
                    corrected.append(named)
        return Redriven(moved, corrected, [message["MessageId"] for message in kept])


def _addressed_as(message: dict[str, Any], body: str) -> dict[str, Any]:
    """Return the parameters of SendMessage besides queue and body. The group is the message's user, who may be
    corrected."""
    attributes = {name: value for name, value in message.get("MessageAttributes", {}).items() if name != "reason"}
    found: dict[str, Any] = {"MessageAttributes": attributes}
    if group := message.get("Attributes", {}).get("MessageGroupId"):
        user_id = _field(body, "user_id") if group == _field(message["Body"], "user_id") else ""
        found |= {"MessageGroupId": user_id or group, "MessageDeduplicationId": uuid.uuid4().hex}
    return found


def receive(queue_url: str, sqs: Any) -> list[dict[str, Any]]:
    """Receive messages that nobody else receives for two minutes."""
    return queues.receive(queue_url, sqs, VisibilityTimeout=_HIDDEN)


@contextlib.contextmanager
def given_back(queue_url: str, sqs: Any) -> Iterator[list[dict[str, Any]]]:
    """Yield a list for received messages; they become visible again in the end."""
    messages: list[dict[str, Any]] = []
    try:
        yield messages
    finally:
        for message in messages:
            with contextlib.suppress(ClientError):
                about = {"QueueUrl": queue_url, "ReceiptHandle": message["ReceiptHandle"]}
                sqs.change_message_visibility(**about, VisibilityTimeout=0)


def _event_id(body: str) -> str:
    return _field(body, "event_id")


def _field(body: str, name: str) -> str:
    """Return a text in a body, also in one with duplicate names; empty if there is none."""
    value = _as_json(body, pairs=dict)
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name twice")
    return found


def _as_json(body: str, pairs: Callable[[list[tuple[str, Any]]], Any] = _object) -> Any:
    """Return the body as JSON; as text if JSON would change it (invalid, a duplicate name, nested very deeply)."""
    if body.count("[") + body.count("{") > _DEEPEST:
        return body
    try:
        return json.loads(body, object_pairs_hook=pairs)
    except ValueError:
        return body
