"""Events: 10,000 stat updates through the queue, the table and its stream to the bus of the local stack.

Lag is by the clock: from the time that an update writes into the standing until the publisher has returned. CPU is
measured afterwards: the publisher gets the same batches once more, in this process.
"""

import json
import os
import tempfile
import time
from collections import Counter as Count
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from laurels import streams
from laurels.attribute_values import unpack_item
from laurels.aws import client
from laurels.events import service as events
from laurels.standings.codec import decode
from laurels.standings.models import Counter
from local.demo import stat_updates
from local.runtime.functions import Functions, Outcome
from local.stack import Stack, left
from tests.bench import prices, samples
from tests.bench.report import Table

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
UPDATES, LEARNERS = 10_000, 2_000
PUBLISHER = "PublishEvents"
COUNTED = Counter.HOMEWORKS_COMPLETED  # by the sample updates
STATS = "laurels.stats.updated.v1"


class Batch(NamedTuple):
    """The event of a successful invocation of the publisher, and when it returned."""

    event: Mapping[str, Any]
    published: float


class Run(NamedTuple):
    """When each update was sent, written, and on the bus, all in one order (`time.time`); the batches of the publisher;
    the events on the bus."""

    sent: list[float]
    written: list[float]
    published: list[float]
    batches: list[Mapping[str, Any]]
    events: list[dict[str, Any]]


def run() -> Iterator[Table]:
    made: list[Batch] = []
    invoke = Functions.invoke

    def noting(self: Functions, name: str, event: Any, patience: float | None = None) -> Outcome:
        outcome = invoke(self, name, event, patience)
        if name == PUBLISHER and not outcome.failed and not outcome.value()["batchItemFailures"]:
            made.append(Batch(event, time.time()))
        return outcome

    with (
        tempfile.TemporaryDirectory() as folder,
        patch.object(Functions, "invoke", noting),
        closing(Stack(TEMPLATE, 0, log_path=Path(folder) / "log")) as stack,
    ):
        taken = _send(stack, made)
        yield _lags(taken)
        yield _costs(taken, _environment(stack), stack.application.functions[PUBLISHER].memory)


def _send(stack: Stack, made: list[Batch]) -> Run:
    """Send the updates as fast as the queue takes them, and wait until all is done."""
    sqs, url = stack.clients("sqs"), stack.application.queues["StatUpdatesQueue"].url
    updates = [samples.update(f"learner-{number % LEARNERS}") for number in range(UPDATES)]
    sent = []
    for start in range(0, UPDATES, 10):
        stat_updates.send(map(json.dumps, updates[start : start + 10]), url, sqs)
        sent += [time.time()] * 10
    while left(stack.queues()):
        time.sleep(0.1)
    known, numbers = _published(made), Count[str]()
    found = []
    for update in updates:
        numbers[update["user_id"]] += 1  # a queue keeps the order of a user
        found.append(known[update["user_id"], numbers[update["user_id"]]])
    written, published = zip(*found, strict=True)
    return Run(sent, [*written], [*published], [each.event for each in made], stack.events()[0])


def _published(made: Sequence[Batch]) -> dict[tuple[str, int], tuple[float, float]]:
    """Return when a user's updates up to so many were written, and on the bus for the first time."""
    found: dict[tuple[str, int], tuple[float, float]] = {}
    for batch in sorted(made, key=lambda each: each.published):
        for record in batch.event["Records"]:
            standing = decode(unpack_item(record["dynamodb"]["NewImage"]))
            for number in range(standing.counters[COUNTED], 0, -1):
                if (standing.user_id, number) in found:
                    break
                found[standing.user_id, number] = standing.updated_at / 1000, batch.published
    return found


def _lags(taken: Run) -> Table:
    rows = []
    for title, since in (("written → on the bus", taken.written), ("sent → on the bus", taken.sent)):
        lags = sorted(1000 * (end - begin) for begin, end in zip(since, taken.published, strict=True))
        last = 1000 * (max(taken.published) - max(since))
        rows.append((title, lags[len(lags) // 2], lags[len(lags) * 99 // 100], lags[-1], last))
    whole = max(taken.published) - min(taken.sent)
    columns = ("ms", "p50", "p99", "largest", "the last event after the last update")
    notes = [
        f"{UPDATES:,} updates of {LEARNERS:,} learners, sent within {max(taken.sent) - min(taken.sent):.0f} s, all on "
        f"the bus after {whole:.0f} s. Of a backlog, the second row measures the queue.",
    ]
    return Table(f"Events: lag of {UPDATES:,} updates", columns, rows, notes)


def _environment(stack: Stack) -> dict[str, str]:
    function = stack.application.functions[PUBLISHER]
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": stack.application.region}
    return {**function.environment, **keys, "AWS_ENDPOINT_URL": stack.endpoint_url}


def _costs(taken: Run, environment: dict[str, str], memory: int) -> Table:
    rows = []
    for title, setting in (("PublishStats=true", "true"), ("PublishStats=false", "false")):
        chosen = [event for event in taken.events if setting == "true" or event["type"] != STATS]
        sizes = [len(json.dumps(event, ensure_ascii=False).encode()) for event in chosen]
        with patch.dict(os.environ, environment | {"PUBLISH_STATS": setting}):
            cpu_ms, requests = _publish_again(taken.batches)
        invocations = len(taken.batches) / UPDATES
        entries = len(chosen) / UPDATES
        on_bus = entries * prices.EVENTS
        computing = invocations * prices.lambda_million(
            cpu_ms / len(taken.batches), requests / len(taken.batches), memory
        )
        rows.append(
            (
                title,
                entries,
                sum(sizes) / max(len(sizes), 1),
                requests / UPDATES,
                invocations,
                cpu_ms / UPDATES,
                on_bus,
                computing,
                on_bus + computing,
            )
        )
    columns = (
        *("each update", "PutEvents entries", "bytes an entry", "PutEvents requests", "invocations", "CPU ms"),
        *("$ a million: bus", "Lambda", "both"),
    )
    kinds = Count(event["type"] for event in taken.events)
    notes = [
        "Of the entries: "
        + ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))
        + f". A request to AWS is taken to last {prices.WAIT_MS:.0f} ms; Lambda's reads of a stream are free.",
    ]
    return Table("Events: cost of an update's events", columns, rows, notes)


def _publish_again(batches: Sequence[Mapping[str, Any]]) -> tuple[float, int]:
    """Return the CPU milliseconds in which the publisher processes the batches, and its requests to EventBridge."""
    requests, call = 0, client.call

    def counting(*arguments: Any) -> Any:
        nonlocal requests
        requests += 1
        return call(*arguments)

    handler = streams.consumer(events.apply)
    with (
        patch.object(client, "call", counting),
        Path(os.devnull).open("w") as nowhere,
        patch("sys.stdout", nowhere),
    ):
        handler(dict(batches[0]), None)  # connects
        requests, began = 0, time.thread_time()
        for batch in batches:
            if handler(dict(batch), None)["batchItemFailures"]:
                raise RuntimeError("the bus refuses events")
        return 1000 * (time.thread_time() - began), requests
