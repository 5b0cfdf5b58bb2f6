"""Backfills on a real queue: standings to find, and messages received batch by batch."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from achievements.backfill_achievement import handler
from laurels import keys, table
from laurels.attribute_values import pack_item
from laurels.aws import client
from laurels.standings.codec import encode
from laurels.standings.models import Standing
from tests.integration.conftest import Queues
from tests.integration.stats.deliveries import record

MAX_BATCHES = 10_000
PEOPLE = [f"user-{number}" for number in range(12)]


def awarded(code: str) -> dict[str, str]:
    """Return which of the twelve users have the award, and since when."""
    items = {user_id: table.get(keys.award(user_id, code), consistent=True) for user_id in PEOPLE}
    return {user_id: item["awarded_at"] for user_id, item in items.items() if item}


def settle(standings: Sequence[Standing]) -> None:
    """Write standings without `laurels.table`, 25 at a time."""
    name = table._name()
    puts = [{"PutRequest": {"Item": pack_item(encode(standing))}} for standing in standings]

    def write(batch: list[Any]) -> None:
        answer = client.call("dynamodb", "DynamoDB_20120810.BatchWriteItem", {"RequestItems": {name: batch}})
        assert not answer["UnprocessedItems"]

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, (puts[start : start + 25] for start in range(0, len(puts), 25))))


def batches(queues: Queues) -> Iterator[list[dict[str, Any]]]:
    """Yield the messages of the queue in batches of two, as the function gets them, until the queue is empty.

    They are received ten at a time, and deleted when the batches with them have been processed.
    """
    url = queues.urls["BackfillQueue"]
    for _ in range(MAX_BATCHES):
        found = queues.client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"])
        messages = found.get("Messages", [])
        if not messages:
            return
        taken = [record(each["Body"], each["Attributes"]["MessageGroupId"]) for each in messages]
        yield from (taken[start : start + 2] for start in range(0, len(taken), 2))
        done = [{"Id": each["MessageId"], "ReceiptHandle": each["ReceiptHandle"]} for each in messages]
        assert not queues.client.delete_message_batch(QueueUrl=url, Entries=done).get("Failed")
    raise AssertionError("the backfill does not come to an end")


def work(batch: list[dict[str, Any]]) -> list[str]:
    """Pass a batch to the function; return the ids of the messages to retry."""
    return [each["itemIdentifier"] for each in handler({"Records": batch}, None)["batchItemFailures"]]


def finish(queues: Queues) -> int:
    """Process all messages of the queue; return the number of batches."""
    done = 0
    for batch in batches(queues):
        assert work(batch) == []
        done += 1
    return done
