"""Stat updates from JSON lines onto their queue, ten at a time.

Only what cannot be put onto the queue is refused here: whether an update makes sense is for its consumer to say.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

_BATCH = 10  # entries, SQS's limit
_BATCH_BYTES = 1_000_000  # a little less than SQS's 1 MiB

Refusal = tuple[int, str]  # line number, reason


class SendError(Exception):
    """The queue does not take messages; the message says why."""


def send(
    lines: Iterable[str],
    queue_url: str,
    sqs: Any,
    *,
    deduplication: Callable[[dict[str, Any]], str] = itemgetter("event_id"),
) -> tuple[int, list[Refusal]]:
    """How many went onto the queue, and which lines did not. `deduplication` names an update for the queue."""
    sent = 0
    refused: list[Refusal] = []
    for batch in _batches(lines, refused):
        entries = [
            {
                "Id": str(number),
                "MessageBody": body,
                "MessageGroupId": update["user_id"],
                "MessageDeduplicationId": deduplication(update),
            }
            for number, body, update in batch
        ]
        try:
            answer = sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
        except (ClientError, BotoCoreError) as reason:
            raise SendError(f"after {sent} sent, the queue refused a batch: {reason}") from None
        sent += len(answer.get("Successful", []))
        refused += [(int(each["Id"]), each.get("Message", each["Code"])) for each in answer.get("Failed", [])]
    return sent, sorted(refused)


def _batches(lines: Iterable[str], refused: list[Refusal]) -> Iterator[list[tuple[int, str, dict[str, Any]]]]:
    batch: list[tuple[int, str, dict[str, Any]]] = []
    size = 0
    for number, line in enumerate(lines, start=1):
        body = line.strip().removeprefix("\ufeff")
        if not body:
            continue
        update, reason = _read(body)
        if reason:
            refused.append((number, reason))
            continue
        length = len(body.encode("utf-8", "surrogatepass"))
        if len(batch) == _BATCH or (batch and size + length > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((number, body, update))
        size += length
    if batch:
        yield batch


def _read(body: str) -> tuple[dict[str, Any], str]:
    """The update, and why it cannot be sent, if it cannot."""
    try:
        update = json.loads(body)
    except ValueError as reason:
        return {}, f"not JSON: {reason}"
    if not isinstance(update, dict):
        return {}, "not an object"
    for name in ("event_id", "user_id"):
        value = update.get(name)
        if not isinstance(value, str) or not 1 <= len(value) <= 128:
            return {}, f"{name} must be a text of 1 to 128 characters"
    return update, ""
