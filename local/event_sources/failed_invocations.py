"""Asynchronous invocations that failed for good: Lambda's records of them in a queue, and the way back.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from local.event_sources import dead_letters, queues
from local.runtime.functions import Outcome
from local.template.application import Application, Function


class FailureDestinations:
    """Keeps events that a function's retries did not help, if the function has a queue as OnFailure destination."""

    def __init__(self, application: Application, sqs: Any) -> None:
        self._application = application
        self._sqs = sqs

    def keep(self, function: Function, event: Any, attempts: int, outcome: Outcome | None) -> None:
        """`outcome` is that of the last attempt; None if there was no invocation."""
        if queue := self._application.queue_of(function.on_failure):
            self._sqs.send_message(
                QueueUrl=queue.url, MessageBody=json.dumps(_record(function, event, attempts, outcome))
            )


def invoke_again(queue_url: str, sqs: Any, invoke: Callable[[str, Any], bool]) -> tuple[int, int]:
    """Invoke each record's function with its event again; return how many succeeded, and how many records stay.

    `invoke` gets the physical name of the function and the event, and says whether it succeeded.
    """
    count, done = queues.depth(queue_url, sqs)["waiting"], 0
    with dead_letters.given_back(queue_url, sqs) as kept:
        while done + len(kept) < count and (batch := dead_letters.receive(queue_url, sqs)):
            for message in batch:
                record = json.loads(message["Body"])
                name = record["requestContext"]["functionArn"].split(":")[6]
                if invoke(name, record["requestPayload"]):
                    sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
                    done += 1
                else:
                    kept.append(message)
    return done, count - done


def _record(function: Function, event: Any, attempts: int, outcome: Outcome | None) -> dict[str, Any]:
    return {
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": outcome.request_id if outcome else str(uuid.uuid4()),
            "functionArn": f"{function.arn}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": attempts,
        },
        "requestPayload": event,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": outcome.value() if outcome else None,
    }
