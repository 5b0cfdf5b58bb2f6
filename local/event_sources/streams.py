"""Streams that feed functions: DynamoDB event source mappings, with filters, retries, bisection and a destination.

The data plane has one shard per stream. Records of one partition key are delivered in order.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
"""

import base64
import contextlib
import json
import queue
import threading
import time
import zlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

from local.event_sources.queues import failures
from local.runtime.functions import EventTooLarge, Outcome, Unavailable
from local.runtime.process import Log
from local.template.application import Resource, StreamMapping

_PAGE = 1000  # records, the most that GetRecords returns
_LANES = 2  # batches at once; more would only compete
_HELD = 5000  # records that wait here at most; the others wait in the stream
_PAUSE = 0.2  # seconds between two reads of a stream without news, and until the first retry
_LONGEST_PAUSE = 5.0  # seconds; Lambda waits up to a minute
_ITERATOR_LIFE = 600  # seconds; DynamoDB's live a quarter of an hour


class _Failure(NamedTuple):
    """The last failed invocation of a batch: Lambda's words for why it is given up, the request, the error."""

    condition: str
    request_id: str
    error: str


class StreamConsumer:
    """Invokes a function with batches of a table's stream, one batch at once for each lane of partition keys."""

    def __init__(
        self,
        mapping: StreamMapping,
        table: str,
        destination: Resource | None,
        clients: Callable[[str], Any],
        invoke: Callable[[str, Any], Outcome],
        log: Log,
    ) -> None:
        """`table` is a name; `destination` is the queue that learns of batches that are given up."""
        self.name = mapping.name
        self.stream_arn = str(clients("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"])
        self._mapping = mapping
        self._destination = destination
        self._streams = clients("dynamodbstreams")
        self._sqs = clients("sqs")
        self._region = self.stream_arn.split(":")[3]
        self._invoke = invoke
        self._log = log
        self._matches = _matcher(mapping.filters)
        self._stop = threading.Event()
        self._lock = threading.Lock()  # of the position in the stream and the number of records that are held
        (shard,) = self._streams.describe_stream(StreamArn=self.stream_arn)["StreamDescription"]["Shards"]
        self._shard = str(shard["ShardId"])
        self._iterator, self._taken = "", 0.0
        self._last = ""  # the sequence number of the last record that was read
        self._held = 0
        self._fresh()  # now, because LATEST means what is written from here on
        self._lanes: list[queue.SimpleQueue[dict[str, Any]]] = [
            queue.SimpleQueue() for _ in range(min(mapping.parallel, _LANES))
        ]
        threading.Thread(target=self._read, daemon=True).start()
        for lane in self._lanes:
            threading.Thread(target=self._work, args=(lane,), daemon=True).start()

    def depth(self) -> dict[str, int]:
        """Return how many records wait in the stream (at most a page is counted), and how many are in progress."""
        with self._lock:
            unread = self._streams.get_records(ShardIterator=self._fresh(), Limit=_PAGE)["Records"]
            return {"waiting": len(unread), "in_flight": self._held, "delayed": 0}

    def stop(self) -> None:
        self._stop.set()

    def _fresh(self) -> str:
        """Return an iterator at the position in the stream. Iterators expire, as while the machine sleeps."""
        if not self._iterator or time.time() - self._taken > _ITERATOR_LIFE:
            where = {"StreamArn": self.stream_arn, "ShardId": self._shard, "ShardIteratorType": self._mapping.starts_at}
            if self._last:
                where |= {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self._last}
            self._iterator = str(self._streams.get_shard_iterator(**where)["ShardIterator"])
            self._taken = time.time()
        return self._iterator

    def _read(self) -> None:
        """Read the stream until `stop`. No record and no failure ends the loop."""
        while not self._stop.is_set():
            try:
                news = self._held < _HELD and self._read_page()
            except Exception as reason:  # the data plane may be ending, or have ended
                news = False
                if not self._stop.wait(1):
                    self._log("streams", f"{self.name}: {type(reason).__name__}: {reason}")
            if not news:
                self._stop.wait(_PAUSE)

    def _read_page(self) -> bool:
        """Hand the next records to their lanes; return whether there were any."""
        with self._lock:
            page = self._streams.get_records(ShardIterator=self._fresh(), Limit=_PAGE)
            self._iterator, self._taken = page["NextShardIterator"], time.time()
            for read in page["Records"]:
                self._last = read["dynamodb"]["SequenceNumber"]
                record = _record(read, self.stream_arn, self._region)
                if self._matches(record):
                    self._held += 1
                    self._lanes[_lane(record, len(self._lanes))].put(record)
            return bool(page["Records"])

    def _work(self, lane: "queue.SimpleQueue[dict[str, Any]]") -> None:
        while not self._stop.is_set():
            if batch := self._batch(lane):
                self._process(batch)

    def _batch(self, lane: "queue.SimpleQueue[dict[str, Any]]") -> list[dict[str, Any]]:
        """Return up to a batch of records: those that are there, and those of the mapping's window after the first."""
        try:
            records = [lane.get(timeout=1)]
        except queue.Empty:
            return []
        until = time.monotonic() + self._mapping.window
        while len(records) < self._mapping.batch_size:
            with self._lock, contextlib.suppress(queue.Empty):  # the reader adds whole pages
                records.append(lane.get_nowait())
                continue
            if time.monotonic() >= until or self._stop.wait(_PAUSE / 10):
                break
        return records

    def _process(self, records: list[dict[str, Any]], failed: int = 0) -> None:
        """Deliver the records until all have succeeded or are given up. `failed`: how often they have failed so far."""
        last = _Failure("MaxRecordAgeExceeded", "", "")
        while records and not self._stop.is_set():
            limit = self._mapping.max_age
            if limit is not None and _created(records[0]) < time.time() - limit:
                old = [record for record in records if _created(record) < time.time() - limit]
                self._give_up(old, failed, last._replace(condition="MaxRecordAgeExceeded"))
                records = [record for record in records if record not in old]
                continue
            done, counts, last = self._deliver(records)
            self._finish(done)
            records = records[done:]
            if not records:
                return
            failed = 1 if done else failed + int(counts)
            # Without progress the batch is split, which does not count as a retry.
            if not done and len(records) > 1 and (self._mapping.bisect or last.error == EventTooLarge.__name__):
                half = len(records) // 2
                self._process(records[:half], failed - 1)
                self._process(records[half:], failed - 1)
                return
            too_large = last.error == EventTooLarge.__name__
            if too_large or (self._mapping.retries is not None and failed > self._mapping.retries):
                self._give_up(records, failed, last)
                return
            self._stop.wait(min(_PAUSE * 2 ** max(failed - 1, 0), _LONGEST_PAUSE))

    def _deliver(self, records: list[dict[str, Any]]) -> tuple[int, bool, _Failure]:
        """Invoke the function once. Return how many records from the first on succeeded, whether a failure counts as
        an attempt, and what failed."""
        exhausted = "RetryAttemptsExhausted"
        try:
            outcome = self._invoke(self._mapping.function, {"Records": records})
        except (EventTooLarge, Unavailable) as reason:
            return 0, isinstance(reason, EventTooLarge), _Failure(exhausted, "", type(reason).__name__)
        if outcome.failed:
            return 0, True, _Failure(exhausted, outcome.request_id, "Unhandled")
        last = _Failure(exhausted, outcome.request_id, "")
        if not self._mapping.report_failures:
            return len(records), True, last
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        reported = failures(outcome.value(), set(numbers))
        if reported is None:
            self._log("streams", f"{self.name}: batchItemFailures is malformed, so the batch has failed")
            return 0, True, last
        # The lowest one is the checkpoint: what comes after it is delivered again.
        return min((numbers.index(each) for each in reported), default=len(records)), True, last

    def _finish(self, count: int) -> None:
        with self._lock:
            self._held -= count

    def _give_up(self, records: list[dict[str, Any]], failed: int, last: _Failure) -> None:
        """Skip the records and report them, without their contents, to the destination.

        https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html#dynamodb-on-failure-destination
        """
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        self._log("streams", f"{self.name}: {last.condition}: {len(records)} records from {numbers[0]} on are skipped")
        report = {
            "requestContext": {
                "requestId": last.request_id,
                "functionArn": self._mapping.function_arn,
                "condition": last.condition,
                "approximateInvokeCount": failed,
            },
            "responseContext": {
                "statusCode": 200,
                "executedVersion": "$LATEST",
                "functionError": last.error or None,
            },
            "version": "1.0",
            "timestamp": _time(time.time()),
            "DDBStreamBatchInfo": {
                "shardId": self._shard,
                "startSequenceNumber": numbers[0],
                "endSequenceNumber": numbers[-1],
                "approximateArrivalOfFirstRecord": _time(_created(records[0])),
                "approximateArrivalOfLastRecord": _time(_created(records[-1])),
                "batchSize": len(records),
                "streamArn": self.stream_arn,
            },
        }
        if self._destination:
            self._sqs.send_message(QueueUrl=self._destination.url, MessageBody=json.dumps(report))
        self._finish(len(records))


def wait(consumers: Iterable[StreamConsumer], limit: float) -> None:
    """Wait until all records are processed, but not longer than `limit` seconds."""
    until = time.monotonic() + limit
    for consumer in consumers:
        while time.monotonic() < until and any(consumer.depth().values()):
            time.sleep(0.05)


def _matcher(filters: tuple[dict[str, Any], ...]) -> Callable[[dict[str, Any]], bool]:
    """Return whether a record matches one of the filters; with no filter, every record does.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
    """
    if not filters:
        return lambda _record: True
    from moto.events.models import EventPattern  # half a second, which only filters need

    patterns = [EventPattern(None, each) for each in filters]
    return lambda record: any(pattern.matches_event(cast(Any, record)) for pattern in patterns)


def _lane(record: dict[str, Any], lanes: int) -> int:
    """Return the lane of a record: the same one for all items of a partition key."""
    partition = next(iter(record["dynamodb"]["Keys"].values()))
    return zlib.crc32(json.dumps(partition).encode()) % lanes


def _record(read: dict[str, Any], stream_arn: str, region: str) -> dict[str, Any]:
    """Return a record of GetRecords as Lambda passes it to a function."""
    change = dict(read["dynamodb"])
    change["ApproximateCreationDateTime"] = change["ApproximateCreationDateTime"].timestamp()
    record = {key: read[key] for key in ("eventID", "eventName", "eventVersion", "eventSource")}
    record |= {"awsRegion": region, "dynamodb": _as_json(change), "eventSourceARN": stream_arn}
    if identity := read.get("userIdentity"):  # of deletions by TTL
        record["userIdentity"] = {"type": identity["Type"], "principalId": identity["PrincipalId"]}
    return record


def _as_json(value: Any) -> Any:
    """Return the value with its binary parts in base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {key: _as_json(each) for key, each in value.items()}
    return [_as_json(each) for each in value] if isinstance(value, list | tuple | set) else value


def _created(record: dict[str, Any]) -> float:
    return float(record["dynamodb"]["ApproximateCreationDateTime"])


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
