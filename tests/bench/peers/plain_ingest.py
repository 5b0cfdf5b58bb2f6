"""Peer "plain": stat updates from a FIFO queue as one conditional UpdateItem for each message.

A FIFO queue's sequence numbers only grow within a user's group, so the item keeps the last one that was counted, and a
message that SQS delivers again fails the condition. What a producer sends again counts twice.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Message.html (SequenceNumber)
"""

import contextlib
import json
import os
from typing import Any

import boto3

client = boto3.client("dynamodb")


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    for record in event["Records"]:
        _apply(json.loads(record["body"]), record["attributes"]["SequenceNumber"])
    return {"batchItemFailures": []}


def _apply(change: dict[str, Any], sequence: str) -> None:
    increments = change["increments"]
    names = {f"#n{index}": name for index, name in enumerate(increments)}
    values = {f":v{index}": {"N": str(by)} for index, by in enumerate(increments.values())}
    with contextlib.suppress(client.exceptions.ConditionalCheckFailedException):  # delivered again
        client.update_item(
            TableName=os.environ["TABLE_NAME"],
            Key={"PK": {"S": f"USER#{change['user_id']}"}, "SK": {"S": "STATS"}},
            UpdateExpression="SET applied = :sequence ADD " + ", ".join(f"#n{i} :v{i}" for i in range(len(names))),
            ConditionExpression="attribute_not_exists(applied) OR applied < :sequence",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values | {":sequence": {"N": sequence}},
        )
