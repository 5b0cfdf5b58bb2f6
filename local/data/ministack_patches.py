"""Replacements for private functions of MiniStack 1.5.33 (https://github.com/ministackorg/ministack), with reasons.

MiniStack walks through all messages, and all remembered deduplication ids, several times on each call, so a queue of
60,000 messages would take many minutes. Each replacement in SQS gives the same answers in less time. They can go when
MiniStack does what "Upstream" says; propose it at https://github.com/ministackorg/ministack/issues.

In a FIFO queue all messages that were ever received are among its first `touched` ones: a key of ours in MiniStack's
queue. A number that is too high is harmless.
"""

import time
import uuid
from typing import Any

from ministack.services import (  # type: ignore[import-not-found,unused-ignore]  # in its own environment
    dynamodb,
    sqs,
)

_describe_table = dynamodb._table_description
_ensure_fields_of_one = sqs._ensure_msg_fields
_expire_retained_of_all = sqs._expire_retained
_sweep_all = sqs._dlq_sweep


def apply() -> None:
    """Puts all replacements in place; MiniStack looks each of them up by its name on every call."""
    sqs._prune_dedup = prune_deduplication
    sqs._ensure_msg_fields = ensure_fields
    sqs._expire_retained = expire_retained
    sqs._dlq_sweep = sweep
    sqs._collect_fifo = collect_fifo
    sqs._HANDLERS["DeleteMessageBatch"] = delete_batch
    dynamodb._table_description = describe_table


def describe_table(name: str) -> dict[str, Any]:
    """Say of a restored table what it was restored from. Why: only the response to the restore says it.

    Upstream: add `RestoreSummary` here.
    """
    found: dict[str, Any] = _describe_table(name)
    summary = dynamodb._tables[name].get("RestoreSummary")
    return found | ({"RestoreSummary": summary} if summary else {})


def prune_deduplication(queue: dict[str, Any]) -> None:
    """Forget expired deduplication ids. Why: each send copies the whole cache.

    Upstream: pop from the oldest id on; all of them live equally long.
    """
    cache = queue["dedup_cache"]
    now = time.time()
    while cache and cache[oldest := next(iter(cache))]["expire"] <= now:
        del cache[oldest]


def ensure_fields(message: dict[str, Any]) -> None:
    """Fill in a message's missing fields. Why: each receive does so for all messages.

    Upstream: return at once if the message has `seq`, the last field that is set; or fill in when a message arrives.
    """
    if "seq" not in message:
        _ensure_fields_of_one(message)


def expire_retained(queue: dict[str, Any]) -> None:
    """Drop messages older than the retention period. Why: each call compares all messages.

    Upstream: look at the first message alone; they are kept in the order of arrival.
    """
    if queue["messages"]:
        oldest = queue["messages"][0]
        retention = int(queue["attributes"].get("MessageRetentionPeriod", "345600"))
        if oldest.get("enqueued_at", oldest.get("sent_at", 0)) <= time.time() - retention:
            _expire_retained_of_all(queue)


def sweep(queue: dict[str, Any]) -> None:
    """Move messages that were received too often to the dead-letter queue. Why: each call copies all messages.

    Upstream: do nothing unless a message that was received is visible again.
    """
    now = time.time()
    if any(message["receive_count"] and message["visible_at"] <= now for message in _touched(queue)):
        _sweep_all(queue)


def collect_fifo(queue: dict[str, Any], most: int, visibility: int, now: float) -> list[dict[str, Any]]:
    """Receive messages: in order within each group, and none of a group with a message in flight.

    Why: each call walks through all messages twice before it takes the first one.
    Upstream: look for groups in flight among the messages that were ever received, and stop at the last one taken.
    """
    busy = {each["group_id"] for each in _touched(queue) if each["receive_count"] and each["visible_at"] > now}
    taken: list[dict[str, Any]] = []
    for position, message in enumerate(queue["messages"]):
        if len(taken) == most:
            break
        ensure_fields(message)
        if message["visible_at"] > now or message["group_id"] in busy:
            continue
        message["receipt_handle"] = str(uuid.uuid4())
        message["visible_at"] = now + visibility
        message["receive_count"] += 1
        message["first_receive_at"] = message["first_receive_at"] or now
        taken.append(message)
        queue["touched"] = max(queue.get("touched", 0), position + 1)
    return taken


def delete_batch(data: dict[str, Any], url: str) -> dict[str, Any]:
    """DeleteMessageBatch. Why: it copies all messages once for each entry.

    Upstream: find the entries' messages in one pass over the messages that were ever received.
    """
    queue = sqs._get_q(data.get("QueueUrl", url), "sqs:DeleteMessage")
    entries = data.get("Entries", [])
    sqs._validate_batch_entries(entries, "DeleteMessageBatchRequestEntry")
    handles = {entry.get("ReceiptHandle") for entry in entries} - {None, ""}
    found = [at for at, message in enumerate(_touched(queue)) if message["receipt_handle"] in handles]
    gone = {queue["messages"][at]["receipt_handle"] for at in found}
    for at in reversed(found):
        del queue["messages"][at]
    if queue["is_fifo"]:
        queue["touched"] = queue.get("touched", 0) - len(found)
    failure = {
        "Code": "ReceiptHandleIsInvalid",
        "Message": "The input receipt handle is invalid.",
        "SenderFault": True,
    }
    return {
        "Successful": [{"Id": entry.get("Id", "")} for entry in entries if entry.get("ReceiptHandle") in gone],
        "Failed": [
            {"Id": entry.get("Id", "")} | failure for entry in entries if entry.get("ReceiptHandle") not in gone
        ],
    }


def _touched(queue: dict[str, Any]) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = queue["messages"]
    return messages[: queue.get("touched", 0)] if queue["is_fifo"] else messages
