"""The emulator's own process: MiniStack, ended together with the stack that started it.

Run as a script by the interpreter of the data plane's environment; its standard input is a pipe held by the stack.
"""

import os
import shutil
import sys
import threading
import time
import uuid
from typing import Any

from ministack.app import main  # type: ignore[import-not-found,unused-ignore]
from ministack.services import sqs  # type: ignore[import-not-found,unused-ignore]


def _end_with_the_stack() -> None:
    sys.stdin.buffer.read()  # returns when the stack has closed the pipe, or is no more
    shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)  # a folder of its own
    os._exit(0)


# MiniStack looks at every message and every remembered deduplication id on each call, several times over, so a queue
# of 60,000 messages would take many minutes. These do the same with less looking. The messages of a FIFO queue that
# were ever received are among its first `touched` ones; a number that is too high is harmless.


def _prune_deduplication(queue: dict[str, Any]) -> None:
    cache = queue["dedup_cache"]
    now = time.time()
    while cache and cache[oldest := next(iter(cache))]["expire"] <= now:  # oldest first: all live equally long
        del cache[oldest]


def _ensure_fields(message: dict[str, Any]) -> None:
    if "seq" not in message:  # the last field it sets, so a message that has it has been seen
        _ensure_fields_of_one(message)


def _expire_retained(queue: dict[str, Any]) -> None:
    if queue["messages"]:
        oldest = queue["messages"][0]  # they are kept in the order of arrival
        retention = int(queue["attributes"].get("MessageRetentionPeriod", "345600"))
        if oldest.get("enqueued_at", oldest.get("sent_at", 0)) <= time.time() - retention:
            _expire_retained_of_all(queue)


def _touched(queue: dict[str, Any]) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = queue["messages"]
    return messages[: queue.get("touched", 0)] if queue["is_fifo"] else messages


def _sweep(queue: dict[str, Any]) -> None:
    now = time.time()
    if any(message["receive_count"] and message["visible_at"] <= now for message in _touched(queue)):
        _sweep_all(queue)


def _collect_fifo(queue: dict[str, Any], most: int, visibility: int, now: float) -> list[dict[str, Any]]:
    """In order within each group; of a group with a message on its way nothing."""
    busy = {each["group_id"] for each in _touched(queue) if each["receive_count"] and each["visible_at"] > now}
    taken: list[dict[str, Any]] = []
    for position, message in enumerate(queue["messages"]):
        if len(taken) == most:
            break
        _ensure_fields(message)
        if message["visible_at"] > now or message["group_id"] in busy:
            continue
        message["receipt_handle"] = str(uuid.uuid4())
        message["visible_at"] = now + visibility
        message["receive_count"] += 1
        message["first_receive_at"] = message["first_receive_at"] or now
        taken.append(message)
        queue["touched"] = max(queue.get("touched", 0), position + 1)
    return taken


def _delete_batch(data: dict[str, Any], url: str) -> dict[str, Any]:
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


_ensure_fields_of_one = sqs._ensure_msg_fields
_expire_retained_of_all = sqs._expire_retained
sqs._expire_retained = _expire_retained
_sweep_all = sqs._dlq_sweep
sqs._dlq_sweep = _sweep
sqs._collect_fifo = _collect_fifo
sqs._prune_dedup = _prune_deduplication
sqs._ensure_msg_fields = _ensure_fields
sqs._HANDLERS["DeleteMessageBatch"] = _delete_batch

if __name__ == "__main__":
    threading.Thread(target=_end_with_the_stack, daemon=True).start()
    main()
