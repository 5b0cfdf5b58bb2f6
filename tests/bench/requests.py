"""Requests: how many each endpoint and message sends to DynamoDB, SQS and S3, and what a million calls cost on AWS."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.bench import built, calls, contestants, meter, prices, samples
from tests.bench.contestants import Contestant
from tests.bench.meter import Meter
from tests.bench.report import Table
from tests.dynamodb_local import server

FIRST = "a first one, which earns"  # the learner has no standing yet, and meets the criteria of an achievement
MESSAGES: dict[str, Callable[[int], list[dict[str, Any]]]] = {
    "1 message in a batch": lambda number: [samples.update(f"user-{number}")],
    "10 messages of 10 users": lambda number: [samples.update(f"user-{number}-{each}") for each in range(10)],
    "10 messages of one user": lambda number: [samples.update(f"user-{number}") for _ in range(10)],
    FIRST: lambda number: [samples.update(f"newcomer-{number}")],
}


def run() -> Iterator[Table]:
    if not server.installed():
        yield Table("Requests", ("left out",), [(f"DynamoDB Local is not installed: {server.INSTALL}",)])
        return
    application = built.application()
    with meter.running(application) as counting:
        (table,) = application.tables.values()
        arrange(counting, table.id)
        ids = calls.arranged(counting.endpoint)
        contestants.function("schedule", "ComputeLeaderboards", counting.endpoint, samples.schedule()).run()
        asked = [contestants.token()] * (1 + calls.REPEATS)
        authorizer = contestants.function(contestants.AUTHORIZER, "Authorize", counting.endpoint, *asked)
        rows: list[tuple[object, ...]] = [("the authorizer, if not cached", *row(authorizer, counting, 0))]
        called = set()
        for call in calls.CALLS:
            name, contestant = calls.contestant(counting.endpoint, call, ids)
            called.add(name)
            route = contestant.events[0]["routeKey"]
            rows.append((route, *row(contestant, counting, prices.HTTP_API)))
        columns = ("a call of", "requests", "read units", "write units", "SQS", "S3", "CPU ms", "$ a million")
        notes = [assumed(prices.HTTP_API, "the request at the gateway, and nothing of the authorizer's")]
        if missing := [*calls.unmeasured(called)]:
            notes.append(f"Not measured: {', '.join(missing)}.")
        yield Table("Requests and cost: endpoints", columns, rows, notes)
        yield _messages(counting, table.id)


def _messages(counting: Meter, table: str) -> Table:
    rows = []
    for label, make in MESSAGES.items():
        batches = [make(number) for number in range(1 + calls.REPEATS)]
        events = [samples.batch(batch) for batch in batches]
        if label != FIRST:
            counting.put(table, *(samples.standing(update["user_id"]) for batch in batches for update in batch))
        size = len(events[0]["Records"])
        contestant = contestants.function(label, "ApplyStatUpdates", counting.endpoint, *events)
        # Producers send each message by itself; Lambda's poller receives and deletes a batch with one request each.
        *counts, cost = row(contestant, counting, 2 * prices.SQS_FIFO)
        rows.append((label, *(each / size for each in counts), cost / size + prices.SQS_FIFO))
    columns = ("an update in", "requests", "read units", "write units", "SQS", "S3", "CPU ms", "$ a million")
    return Table("Requests and cost: stat updates, each", columns, rows, [assumed(prices.SQS_FIFO, "sending")])


def row(contestant: Contestant, counting: Meter, base: float) -> tuple[float, ...]:
    """The counts of one call, and the USD of a million, with `base` for what the function does not request."""
    counting.reset()
    cpu_ms = 1000 * contestant.run(0, len(contestant.events) - 1)["calls"] / (len(contestant.events) - 1)
    counted = {name: value / len(contestant.events) for name, value in counting.counted.items()}
    requests, sqs = counted.get("table", 0.0), counted.get("sqs", 0.0)
    reads, writes = counted.get("read_units", 0.0), counted.get("write_units", 0.0)
    s3_reads, s3_writes = counted.get("s3_read", 0.0), counted.get("s3_write", 0.0)
    cost = (
        base
        + prices.lambda_million(cpu_ms, requests + sqs + s3_reads + s3_writes, contestant.memory)
        + reads * prices.TABLE_READS
        + writes * prices.TABLE_WRITES
        + sqs * prices.SQS_FIFO
        + s3_reads * prices.S3_READS
        + s3_writes * prices.S3_WRITES
    )
    return requests, reads, writes, sqs, s3_reads + s3_writes, cpu_ms, cost


def assumed(included: float, what: str) -> str:
    """Return the note on what a cost includes."""
    return f"Of the cost, ${included:.2f} is {what}; a request to AWS is taken to last {prices.WAIT_MS:.0f} ms."


def arrange(counting: Meter, table: str) -> None:
    """Store a learner with a full year, some definitions of achievements, and a hundred learners for the boards."""
    counting.put(table, samples.profile(), samples.session(), samples.standing())
    counting.put(table, samples.definition(), *samples.in_force())
    counting.put(table, *(samples.definition(f"row-{number}") for number in range(2 * calls.REPEATS)))
    counting.put(table, *(samples.definition(f"earned-{number}") for number in range(1 + calls.REPEATS)))
    counting.put(table, *(samples.standing(f"learner-{number}") for number in range(100)))
