"""What Lambda does with batches of a stream that fail, without a data plane."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from local.event_sources.streams import StreamConsumer, _matcher
from local.runtime.functions import EventTooLarge, Outcome
from local.template.application import Resource, StreamMapping

MAPPING = StreamMapping(
    name="Changes",
    function="Follow",
    function_arn="arn:aws:lambda:eu-central-1:0:function:Follow",
    source_arn="",
    table="Table",
    starts_at="TRIM_HORIZON",
    batch_size=4,
    window=0,
    parallel=1,
    filters=(),
    report_failures=False,
    bisect=False,
    retries=None,
    max_age=None,
    on_failure="",
    enabled=True,
)


class Stream:
    """A table with a stream, and a queue, as boto3 clients show them. `ages`: each record's age in seconds."""

    def __init__(self, ages: list[float]) -> None:
        self.sent: list[str] = []
        self._records = [
            {
                "eventID": str(number),
                "eventName": "INSERT",
                "eventVersion": "1.1",
                "eventSource": "aws:dynamodb",
                "dynamodb": {
                    "ApproximateCreationDateTime": datetime.fromtimestamp(time.time() - age, UTC),
                    "Keys": {"PK": {"S": "a"}},
                    "SequenceNumber": str(number),
                },
            }
            for number, age in enumerate(ages)
        ]

    def describe_table(self, **about: Any) -> Any:
        return {"Table": {"LatestStreamArn": "arn:aws:dynamodb:eu-central-1:0:table/t/stream/x"}}

    def describe_stream(self, **about: Any) -> Any:
        return {"StreamDescription": {"Shards": [{"ShardId": "shard"}]}}

    def get_shard_iterator(self, **about: Any) -> Any:
        return {"ShardIterator": "0"}

    def get_records(self, **about: Any) -> Any:
        return {"Records": self._records[int(about["ShardIterator"]) :], "NextShardIterator": str(len(self._records))}

    def send_message(self, **message: Any) -> None:
        self.sent.append(message["MessageBody"])


@pytest.fixture
def deliver() -> Iterator[Any]:
    """Consume the records of a stream with `answer(numbers)` as the function; return what it was invoked with."""
    started: list[StreamConsumer] = []

    def run(answer: Any, ages: list[float], **changes: Any) -> tuple[list[list[str]], Stream]:
        stream, invoked = Stream(ages), []

        def invoke(name: str, event: Any) -> Outcome:
            numbers = [record["eventID"] for record in event["Records"]]
            invoked.append(numbers)
            payload = answer(numbers, len(invoked))
            return Outcome(payload or b"null", failed=payload is None, request_id="r")

        destination = Resource("Failed", "AWS::SQS::Queue", "q", "", {}, "url")
        mapping = replace(MAPPING, **changes)
        consumer = StreamConsumer(mapping, "t", destination, lambda _: stream, invoke, lambda *_: None)
        started.append(consumer)
        deadline = time.monotonic() + 60
        while any(consumer.depth().values()):
            assert time.monotonic() < deadline, invoked
            time.sleep(0.01)
        return invoked, stream

    yield run
    for each in started:
        each.stop()


OK = b"null"


def test_a_failed_batch_is_retried_as_a_whole_before_later_records(deliver: Any) -> None:
    invoked, _ = deliver(lambda _, attempt: None if attempt < 3 else OK, [0] * 6)
    assert invoked == [["0", "1", "2", "3"]] * 3 + [["4", "5"]]


def test_a_batch_is_given_up_after_its_retries(deliver: Any) -> None:
    invoked, stream = deliver(lambda numbers, _: None if "1" in numbers else OK, [0] * 6, retries=1)
    assert invoked == [["0", "1", "2", "3"]] * 2 + [["4", "5"]]
    assert len(stream.sent) == 1
    assert '"batchSize": 4' in stream.sent[0]


def test_a_bisected_batch_gives_up_its_poison_record_only(deliver: Any) -> None:
    invoked, stream = deliver(lambda numbers, _: None if "2" in numbers else OK, [0] * 4, retries=1, bisect=True)
    assert invoked == [["0", "1", "2", "3"], ["0", "1"], ["2", "3"], ["2"], ["2"], ["3"]]
    assert len(stream.sent) == 1
    assert '"startSequenceNumber": "2", "endSequenceNumber": "2"' in stream.sent[0]


def test_a_reported_failure_is_the_checkpoint(deliver: Any) -> None:
    answer = b'{"batchItemFailures": [{"itemIdentifier": "3"}, {"itemIdentifier": "1"}]}'
    invoked, _ = deliver(lambda _, attempt: answer if attempt == 1 else OK, [0] * 4, report_failures=True)
    assert invoked == [["0", "1", "2", "3"], ["1", "2", "3"]]


def test_a_malformed_report_fails_the_whole_batch(deliver: Any) -> None:
    answer = b'{"batchItemFailures": [{"itemIdentifier": "unknown"}]}'
    invoked, _ = deliver(lambda _, attempt: answer if attempt == 1 else OK, [0] * 4, report_failures=True)
    assert invoked == [["0", "1", "2", "3"]] * 2


def test_records_that_are_too_old_are_given_up(deliver: Any) -> None:
    invoked, stream = deliver(lambda *_: OK, [100, 100, 0, 0], max_age=60)
    assert invoked == [["2", "3"]]
    assert '"condition": "MaxRecordAgeExceeded"' in stream.sent[0]
    assert '"batchSize": 2' in stream.sent[0]


def test_a_batch_larger_than_an_event_may_be_is_split(deliver: Any) -> None:
    def answer(numbers: list[str], _: int) -> bytes:
        if len(numbers) > 1:
            raise EventTooLarge
        return OK

    invoked, stream = deliver(answer, [0] * 2)
    assert invoked == [["0", "1"], ["0"], ["1"]]
    assert stream.sent == []


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ({"eventName": ["INSERT"]}, True),
        ({"eventName": ["REMOVE"]}, False),
        ({"dynamodb": {"Keys": {"PK": {"S": [{"prefix": "USER#"}]}}}}, True),
        ({"dynamodb": {"Keys": {"PK": {"S": [{"prefix": "STANDING#"}, {"prefix": "US"}]}}}}, True),
        ({"dynamodb": {"Keys": {"SK": {"S": [{"anything-but": {"prefix": "GO"}}]}}}}, False),
        ({"dynamodb": {"Keys": {"SK": {"S": [{"anything-but": ["PROFILE"]}]}}}}, True),
        ({"dynamodb": {"OldImage": {"PK": {"S": [{"exists": False}]}}}}, True),
        ({"dynamodb": {"NewImage": {"status": {"S": [{"exists": True}]}}}}, True),
        ({"dynamodb": {"NewImage": {"n": {"N": ["1"]}}}}, True),
        ({"$or": [{"eventName": ["REMOVE"]}, {"dynamodb": {"NewImage": {"n": {"N": ["1"]}}}}]}, True),
    ],
)
def test_filters_match_as_lambda_matches_them(pattern: Any, matches: bool) -> None:
    image = {"PK": {"S": "USER#1"}, "SK": {"S": "GOAL#2"}, "status": {"S": "open"}, "n": {"N": "1"}}
    keys = {key: image[key] for key in ("PK", "SK")}
    record = {"eventName": "INSERT", "dynamodb": {"Keys": keys, "NewImage": image}}
    assert _matcher((pattern,))(record) is matches
