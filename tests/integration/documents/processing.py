"""Processings to test with: start them, deliver the stream's records and the AI service's results."""

import json
from typing import Any
from uuid import uuid4

from documents import (
    apply_processing_results,
    batch_delete_processings,
    delete_processing,
    get_processing,
    list_processings,
    request_processings,
    start_processing,
)
from laurels import keys, table
from laurels.attribute_values import pack_item
from laurels.writes import Delete
from tests.events import Answer, call
from tests.integration.conftest import Queues
from tests.integration.documents.papers import ANNA, KINDS, made

KIND = "processing_id"
UNKNOWN = "0" * 32
KINDS[KIND] = {
    "list": list_processings.handler,
    "get": get_processing.handler,
    "delete": delete_processing.handler,
    "batch": batch_delete_processings.handler,
}


def pair(caller: dict[str, str] = ANNA) -> dict[str, str]:
    """Create a resume and requirements; return the body that starts their processing."""
    return {kind: made(kind, caller) for kind in ("resume_id", "requirements_id")}


def start(body: dict[str, str], caller: dict[str, str] = ANNA, headers: Any = None) -> Answer:
    return call(start_processing.handler, caller=caller, body=body, headers=headers)


def started(body: dict[str, str] | None = None, caller: dict[str, str] = ANNA) -> str:
    """Start a processing; return its id."""
    answer = start(body or pair(caller), caller)
    assert answer.status == 202, answer.text
    return str(answer.body["processing_id"])


def messages(queues: Queues, name: str = "ProcessingRequestsQueue") -> list[Any]:
    """Receive and return all messages of the queue."""
    found = []
    while got := queues.client.receive_message(QueueUrl=queues.urls[name], MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(each["Body"]) for each in got]
    return found


def forget_starts(user_id: str = "anna") -> None:
    table.write(Delete(keys.processing_starts(user_id)))


def request(*ids: str, user_id: str = "anna") -> Any:
    """Deliver the stream's records of new processings. Deleted ones have the image of when they were new."""
    records = []
    for number, each in enumerate(ids):
        key = keys.processing(user_id, each)
        blank = {**key._asdict(), "user_id": user_id, "processing_id": each, "resume_id": "r", "requirements_id": "q"}
        change = {
            "ApproximateCreationDateTime": 1795198925,
            "Keys": pack_item(key._asdict()),
            "NewImage": pack_item(table.get(key, consistent=True) or blank),
            "SequenceNumber": str(number),
        }
        records.append({"eventID": each, "eventName": "INSERT", "dynamodb": change})
    return request_processings.handler({"Records": records}, None)


def result(processing_id: str, **fields: Any) -> dict[str, Any]:
    nulls = dict.fromkeys(("score", "matches", "recommendation", "verdict", "message_error", "wait_seconds"))
    return {"processing_id": processing_id, "success": True, **nulls, **fields}


def deliver(*results: Any) -> list[Any]:
    """Deliver results; return the failed ones."""
    records = [
        {"messageId": str(uuid4()), "body": each if isinstance(each, str) else json.dumps(each), "attributes": {}}
        for each in results
    ]
    answer = apply_processing_results.handler({"Records": records}, None)
    failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
    return [each for each, record in zip(results, records, strict=True) if record["messageId"] in failed]
