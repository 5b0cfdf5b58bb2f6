"""The stream of the toy application's table feeds a function: order, filters, retries, bisection, the destination."""

import base64
import json
import time
import uuid
from typing import Any

import pytest

from local.event_sources import dead_letters as parked
from local.stack import left


@pytest.fixture
def prefix() -> str:
    """The beginning of partition keys that the toy's filter accepts."""
    return f"seen-{uuid.uuid4().hex}"


@pytest.fixture
def batches(stack: Any, journal: Any) -> Any:
    """Return the batches that the function has received since the test began, each as a list of records."""
    drain(stack)
    journal.write_text("")
    stack.clients("sqs").purge_queue(QueueUrl=stack.application.queues["ChangesDeadLetters"].url)
    return lambda: [json.loads(line)["Records"] for line in journal.read_text().splitlines()]


def put(stack: Any, partition: str, number: int, **attributes: Any) -> None:
    item = {"PK": {"S": partition}, "SK": {"S": "x"}, "n": {"N": str(number)}, **attributes}
    stack.clients("dynamodb").put_item(TableName=stack.application.tables["Table"].id, Item=item)


def drain(stack: Any) -> None:
    deadline = time.monotonic() + 600
    while left(stack.queues()):
        assert time.monotonic() < deadline, stack.queues()
        time.sleep(0.02)


def reports(stack: Any) -> Any:
    url = stack.application.queues["ChangesDeadLetters"].url
    return [message["body"] for message in parked.peek(url, stack.clients("sqs"))]


def numbers(records: Any) -> list[int]:
    return [int(record["dynamodb"]["NewImage"]["n"]["N"]) for record in records]


def test_a_function_receives_the_record_that_lambda_sends(stack: Any, batches: Any, prefix: str) -> None:
    put(stack, prefix, 1, data={"B": b"\x00\xff"})
    put(stack, prefix, 2)
    drain(stack)
    first, second = (record for records in batches() for record in records)
    about = {"eventID", "eventName", "eventVersion", "eventSource", "awsRegion", "dynamodb", "eventSourceARN"}
    assert first.keys() == about
    assert (first["eventName"], second["eventName"]) == ("INSERT", "MODIFY")
    assert (first["eventSource"], first["awsRegion"]) == ("aws:dynamodb", stack.application.region)
    change = first["dynamodb"]
    assert change["Keys"] == {"PK": {"S": prefix}, "SK": {"S": "x"}}
    assert change["NewImage"]["data"] == {"B": base64.b64encode(b"\x00\xff").decode()}
    assert abs(change["ApproximateCreationDateTime"] - time.time()) < 600
    assert change["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert (numbers([second]), second["dynamodb"]["OldImage"]) == ([2], change["NewImage"])
    assert int(change["SequenceNumber"]) < int(second["dynamodb"]["SequenceNumber"])


def test_only_records_that_match_the_filter_are_delivered(stack: Any, batches: Any, prefix: str) -> None:
    put(stack, f"un{prefix}", 1)
    put(stack, prefix, 2)
    key = {"PK": {"S": prefix}, "SK": {"S": "x"}}
    stack.clients("dynamodb").delete_item(TableName=stack.application.tables["Table"].id, Key=key)
    put(stack, prefix, 3)
    drain(stack)
    assert [number for records in batches() for number in numbers(records)] == [2, 3]


def test_the_changes_of_a_partition_arrive_in_order(stack: Any, batches: Any, prefix: str) -> None:
    for number in range(40):
        put(stack, f"{prefix}-{number % 4}", number)
    drain(stack)
    seen = [number for records in batches() for number in numbers(records)]
    assert sorted(seen) == list(range(40))
    for partition in range(4):
        own = [number for number in seen if number % 4 == partition]
        assert own == sorted(own)


def test_a_poison_record_is_reported_and_holds_up_no_other(stack: Any, batches: Any, prefix: str) -> None:
    how = {3: {"how": {"S": "raise"}}, 6: {"how": {"S": "fail"}}}
    for number in range(9):
        put(stack, prefix, number, **how.get(number, {}))
    drain(stack)
    seen = [number for records in batches() for number in numbers(records)]
    assert set(seen) == set(range(9))
    assert [numbers(records) for records in batches()].count([3]) == 3  # MaximumRetryAttempts is 2
    found = sorted(reports(stack), key=lambda each: each["DDBStreamBatchInfo"]["startSequenceNumber"])
    poison = [record for records in batches() for record in records if set(numbers([record])) & {3, 6}]
    identities = sorted({record["dynamodb"]["SequenceNumber"] for record in poison})
    batch = [each["DDBStreamBatchInfo"] for each in found]
    assert (
        [each["startSequenceNumber"] for each in batch] == [each["endSequenceNumber"] for each in batch] == identities
    )
    assert [each["requestContext"]["condition"] for each in found] == ["RetryAttemptsExhausted"] * 2
    assert [each["responseContext"]["functionError"] for each in found] == ["Unhandled", None]
    assert {each["batchSize"] for each in batch} == {1}


def test_draining_waits_for_the_stream(stack: Any, batches: Any, prefix: str) -> None:
    for number in range(20):
        put(stack, prefix, number)
        row = next(each for each in stack.queues() if each["name"] == "FollowChanges")
        assert row["dead_letters"] == "ChangesDeadLetters"
        if number % 5 == 4:
            drain(stack)
            assert sum(len(records) for records in batches()) == number + 1
