"""The event sources of functions in the toy application: queues with partial failures, and EventBridge events."""

import contextlib
import json
import time
import uuid
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cli import arguments
from local.event_sources import dead_letters as parked
from local.event_sources import queues
from local.template.application import Consumer, Resource
from tests.unit.local.calls import call


def send(stack: Any, *bodies: Any, group: Any = None, attributes: Any = None) -> None:
    """Send one batch of messages, each in its own group unless `group` is given."""
    entries = [
        {
            "Id": str(number),
            "MessageBody": json.dumps(body),
            "MessageGroupId": group or uuid.uuid4().hex,
            "MessageDeduplicationId": uuid.uuid4().hex,
            "MessageAttributes": attributes or {},
        }
        for number, body in enumerate(bodies)
    ]
    stack.clients("sqs").send_message_batch(QueueUrl=stack.application.queues["WorkQueue"].url, Entries=entries)


def drain(stack: Any, again: Any = list) -> None:
    """Wait until the consumed queues are empty. `again()` returns batches whose failed records are retried at once."""
    deadline = time.monotonic() + 600
    while True:
        seen = again()  # read before the idle check: if all are idle, these batches are finished
        queues = [queue for queue in stack.queues() if queue["consumed"]]
        if not any(queue["waiting"] + queue["in_flight"] for queue in queues):
            return
        assert time.monotonic() < deadline, queues
        for record in chain.from_iterable(seen) if all(queue["idle"] for queue in queues) else ():
            about = {"QueueUrl": stack.application.queues["WorkQueue"].url, "ReceiptHandle": record["receiptHandle"]}
            with contextlib.suppress(ClientError):  # it has succeeded, or was delivered again
                stack.clients("sqs").change_message_visibility(**about, VisibilityTimeout=0)
        time.sleep(0.05)


def test_what_arrives_after_a_consumer_was_stopped_is_for_others(stack: Any) -> None:
    sqs = stack.clients("sqs")
    url = sqs.create_queue(QueueName=uuid.uuid4().hex, Attributes={"VisibilityTimeout": "300"})["QueueUrl"]
    consumer = Consumer("", "Nobody", "", 10, 0.0, report_failures=True, concurrency=2, enabled=True, properties={})
    polling = queues.QueueConsumer(consumer, Resource("Queue", "", "", "", {}, url), sqs, fail, "eu-central-1", fail)
    time.sleep(0.5)  # until both pollers wait for messages
    polling.stop()
    sqs.send_message(QueueUrl=url, MessageBody="x")
    received = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)
    assert [each["Body"] for each in received["Messages"]] == ["x"]
    sqs.delete_queue(QueueUrl=url)


def fail(*_: Any) -> Any:
    raise AssertionError("a stopped consumer invokes nothing")


def bodies(records: Any) -> Any:
    return [json.loads(record["body"])["n"] for record in records]


def dead_letters(stack: Any) -> Any:
    return [
        message["body"]
        for message in parked.peek(stack.application.queues["WorkDeadLetters"].url, stack.clients("sqs"))
    ]


# ---- queues --------------------------------------------------------------------------------------


def test_a_consumer_sees_the_record_that_lambda_sends(stack: Any, batches: Any) -> None:
    attributes = {"kind": {"DataType": "String", "StringValue": "x"}}
    send(stack, {"n": 1}, group="g", attributes=attributes)
    drain(stack)
    ((record,),) = batches()
    assert set(record) == {
        "messageId",
        "receiptHandle",
        "body",
        "attributes",
        "messageAttributes",
        "md5OfMessageAttributes",
        "md5OfBody",
        "eventSource",
        "eventSourceARN",
        "awsRegion",
    }
    assert (record["eventSource"], record["awsRegion"]) == ("aws:sqs", stack.application.region)
    assert record["eventSourceARN"] == stack.application.queues["WorkQueue"].arn
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["attributes"]["MessageGroupId"] == "g"
    assert {"MessageDeduplicationId", "SequenceNumber", "SentTimestamp", "SenderId"} <= record["attributes"].keys()
    assert record["messageAttributes"]["kind"]["stringValue"] == "x"


def test_only_failed_messages_are_retried_and_become_dead_letters(stack: Any, batches: Any) -> None:
    send(stack, {"n": 0}, {"n": 1, "how": "fail"}, {"n": 2}, {"n": 3, "how": "fail"})
    drain(stack, again=batches)
    seen = [n for records in batches() for n in bodies(records)]
    assert sorted(seen) == [0, 1, 1, 2, 3, 3]  # maxReceiveCount is 2
    assert sorted(body["n"] for body in dead_letters(stack)) == [1, 3]


def test_a_function_that_raises_fails_its_whole_batch(stack: Any, batches: Any) -> None:
    send(stack, {"n": 0, "how": "raise"}, {"n": 1}, group="one")
    drain(stack, again=batches)
    assert [bodies(records) for records in batches()] == [[0, 1], [0, 1]]
    assert sorted(body["n"] for body in dead_letters(stack)) == [0, 1]


def test_malformed_item_failures_fail_the_whole_batch(stack: Any, batches: Any) -> None:
    send(stack, {"n": 0, "how": "nonsense"}, {"n": 1}, group="one")
    drain(stack, again=batches)
    assert [bodies(records) for records in batches()] == [[0, 1], [0, 1]]
    assert sorted(body["n"] for body in dead_letters(stack)) == [0, 1]


def test_a_message_group_is_processed_in_order_one_batch_at_a_time(stack: Any, batches: Any, journal: Any) -> None:
    for start in range(0, 40, 10):
        send(stack, *({"n": n, "sleep": 0.01} for n in range(start, start + 10)), group="one")
        send(stack, *({"n": n, "sleep": 0.01} for n in range(100 + start, 110 + start)), group="two")
    drain(stack)
    seen = [n for records in batches() for n in bodies(records)]
    assert [n for n in seen if n < 100] == list(range(40))
    assert [n for n in seen if n >= 100] == list(range(100, 140))


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": None}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "a"}]}, {"a"}),
        ({"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "a"}]}, {"a"}),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, None),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, None),
        ({"batchItemFailures": [{"id": "a"}]}, None),
        ({"batchItemFailures": [{"itemIdentifier": "c"}]}, None),
        ({"batchItemFailures": "a"}, None),
        ("text", None),
    ],
)
def test_item_failures_are_interpreted_as_lambda_does(answer: Any, failed: Any) -> None:
    assert queues.failures(answer, {"a", "b"}) == failed


def test_peeking_at_dead_letters_keeps_them(stack: Any, batches: Any) -> None:
    send(stack, {"n": 7, "how": "fail"})
    drain(stack, again=batches)
    assert dead_letters(stack) == dead_letters(stack) == [{"n": 7, "how": "fail"}]


# ---- events --------------------------------------------------------------------------------------


@pytest.fixture
def heard(journal: Any) -> Any:
    """Return the events that the Watch function has received since the test began."""
    journal.write_text("")
    return lambda: [json.loads(line) for line in journal.read_text().splitlines()]


def put(stack: Any, *names: Any) -> None:
    for name in names:
        stack.clients("s3").put_object(Bucket=stack.application.buckets["Bucket"].id, Key=name, Body=b"12345")


def test_a_function_receives_the_object_event_that_eventbridge_sends(stack: Any, heard: Any) -> None:
    bucket = stack.application.buckets["Bucket"].id
    put(stack, "in/a b|c")
    drain(stack)
    (event,) = heard()
    about = {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"}
    assert event.keys() == about
    assert (event["source"], event["detail-type"]) == ("aws.s3", "Object Created")
    assert (event["resources"], event["region"]) == ([f"arn:aws:s3:::{bucket}"], stack.application.region)
    detail = event["detail"]
    assert {"version", "bucket", "object", "request-id", "requester", "source-ip-address", "reason"} <= detail.keys()
    assert detail["bucket"] == {"name": bucket}
    assert (detail["object"]["key"], detail["object"]["size"]) == ("in/a b|c", 5)
    assert detail["reason"] == "PutObject"


def test_a_function_receives_only_events_that_match_its_rule(stack: Any, heard: Any) -> None:
    put(stack, "in/1", "out/1", "i")
    stack.clients("s3").delete_object(Bucket=stack.application.buckets["Bucket"].id, Key="in/1")
    drain(stack)
    assert [event["detail"]["object"]["key"] for event in heard()] == ["in/1"]


def test_an_event_is_retried_twice_if_the_function_fails(stack: Any, heard: Any) -> None:
    put(stack, "in/once-fails-1", "in/always-fails-9")
    drain(stack)
    seen = [event["detail"]["object"]["key"] for event in heard()]
    assert (seen.count("in/once-fails-1"), seen.count("in/always-fails-9")) == (2, 3)
    assert "Watch: given up after 3 attempts" in stack.log.path.read_text()


def test_an_event_that_fails_for_good_is_kept_and_a_redrive_invokes_the_function_again(
    stack: Any, heard: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    queue, sqs = stack.application.queues["WatchFailures"], stack.clients("sqs")
    sqs.purge_queue(QueueUrl=queue.url)
    put(stack, "in/kept-fails-3", "in/lost-fails-9")
    drain(stack)
    kept = {each["body"]["requestPayload"]["detail"]["object"]["key"] for each in parked.peek(queue.url, sqs)}
    assert kept == {"in/kept-fails-3", "in/lost-fails-9"}
    assert all(each["is_dead_letters"] for each in stack.queues() if each["name"] == "WatchFailures")
    assert arguments.main(["queues", "--redrive", "WatchFailures", "--url", stack.url]) == 1
    assert "WatchFailures: 1 repeated, 1 left" in capsys.readouterr().out
    assert [event["detail"]["object"]["key"] for event in heard()].count("in/kept-fails-3") == 4
    (left,) = parked.peek(queue.url, sqs)
    assert left["body"]["requestPayload"]["detail"]["object"]["key"] == "in/lost-fails-9"
    assert left["body"]["requestContext"]["functionArn"].startswith(stack.application.functions["Watch"].arn)
    sqs.purge_queue(QueueUrl=queue.url)


def test_a_queue_of_events_is_shown_until_the_events_are_processed(stack: Any, heard: Any, journal: Any) -> None:
    put(stack, "in/held")
    inboxes = [queue for queue in stack.queues() if queue["name"] == "WatchUploaded"]
    assert [queue["waiting"] + queue["in_flight"] for queue in inboxes] == [1]
    assert (inboxes[0]["consumed"], inboxes[0]["is_dead_letters"]) == (True, False)
    Path(f"{journal}.go").touch()
    drain(stack)
    assert {event["detail"]["object"]["key"] for event in heard()} == {"in/held"}
    assert call(f"{stack.url}/_local/queues/WatchUploaded").json() == []
