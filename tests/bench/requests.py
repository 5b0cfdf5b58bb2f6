"""Requests: what each endpoint and message asks of DynamoDB, SQS and S3, and what a million of them cost on AWS."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.bench import built, contestants, meter, prices, samples
from tests.bench.contestants import Contestant, Endpoint
from tests.bench.meter import Meter
from tests.bench.report import Table
from tests.dynamodb_local import server

REPEATS = 20  # further calls, for the CPU time that is billed
ADMIN = {"roles": "admin"}
SERVICE = {"scope": "stats:write awards:write users:write users:read", "sub": "homework-service"}
ME = f"/v1/users/{samples.USER}"
DRAFT = {"translations": {"en": {"title": "T", "description": "D"}}, "points": 5}
CHANGE = {name: value for name, value in samples.update().items() if name not in ("user_id", "event_id")}

# Method, target, body, who; "{n}" counts the calls. In this order, after the schedule has run once.
CALLS: tuple[tuple[str, str, Any, dict[str, str]], ...] = (
    ("GET", "/v1", None, {"sub": ""}),
    ("GET", "/v1/health", None, {"sub": ""}),
    ("GET", "/v1/openapi.json", None, {"sub": ""}),
    ("GET", "/v1/docs", None, {"sub": ""}),
    ("GET", "/v1/users/me", None, {}),
    ("GET", ME, None, {"sub": "somebody-else"}),
    ("PATCH", ME, {"location": "Batumi"}, {}),
    ("GET", "/v1/achievements?limit=20", None, {}),
    ("POST", "/v1/achievements", {"code": "new-{n}", **DRAFT}, ADMIN),
    ("POST", "/v1/achievements/import", {"items": [{"code": f"row-{row}", **DRAFT} for row in range(10)]}, ADMIN),
    ("GET", f"{ME}/achievements?limit=20", None, {}),
    ("POST", f"{ME}/achievements", {"code": "row-{n}"}, SERVICE),
    ("GET", f"{ME}/stats", None, {}),
    ("POST", f"{ME}/stats/updates", {**CHANGE, "event_id": "e-{n}"}, SERVICE),
    ("GET", "/v1/leaderboards", None, {"sub": ""}),
    ("GET", "/v1/leaderboards/points?limit=20", None, {"sub": ""}),
    ("GET", f"/v1/leaderboards/points/users/{samples.USER}", None, {}),
    ("GET", "/v1/stats", None, {"sub": ""}),
)

MESSAGES: dict[str, Callable[[int], list[dict[str, Any]]]] = {
    "1 message in a batch": lambda number: [samples.update(f"user-{number}")],
    "10 messages of 10 users": lambda number: [samples.update(f"user-{number}-{each}") for each in range(10)],
    "10 messages of one user": lambda number: [samples.update(f"user-{number}") for _ in range(10)],
}


def run() -> Iterator[Table]:
    if not server.installed():
        yield Table("Requests", ("left out",), [(f"DynamoDB Local is not installed: {server.INSTALL}",)])
        return
    application = built.application()
    with meter.running(application) as counting:
        (table,) = application.tables.values()
        _arrange(counting, table.id)
        contestants.function("schedule", "ComputeLeaderboards", counting.endpoint, samples.schedule()).run()
        rows, called = [], {"Authorize", "ComputeLeaderboards", "ApplyStatUpdates"}
        for method, target, body, who in CALLS:
            name, contestant = _endpoint(counting.endpoint, method, target, body, who)
            called.add(name)
            route = contestant.events[0]["routeKey"]
            rows.append((route, *_row(contestant, counting, prices.HTTP_API)))
        columns = ("a call of", "requests", "read units", "write units", "SQS", "S3", "CPU ms", "$ a million")
        authorizer = prices.lambda_million(0.1, 0, 512)
        notes = [
            _assumed(prices.HTTP_API, "the request at the gateway"),
            f"The authorizer comes on top unless its answer is cached: ${authorizer:.2f} a million.",
        ]
        if missing := sorted(set(application.functions) - called):
            notes.append(f"Not measured: {', '.join(missing)}.")
        yield Table("Requests and cost: endpoints", columns, rows, notes)
        yield _messages(counting)


def _messages(counting: Meter) -> Table:
    rows = []
    for label, make in MESSAGES.items():
        events = [samples.batch(make(number)) for number in range(1 + REPEATS)]
        size = len(events[0]["Records"])
        contestant = contestants.function(label, "ApplyStatUpdates", counting.endpoint, *events)
        # Each message is sent on its own; what Lambda's poller receives and deletes, it does once a batch.
        *counts, cost = _row(contestant, counting, 2 * prices.SQS_FIFO)
        rows.append((label, *(each / size for each in counts), cost / size + prices.SQS_FIFO))
    columns = ("an update in", "requests", "read units", "write units", "SQS", "S3", "CPU ms", "$ a million")
    return Table("Requests and cost: stat updates, each", columns, rows, [_assumed(prices.SQS_FIFO, "sending")])


def _row(contestant: Contestant, counting: Meter, base: float) -> tuple[float, ...]:
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


def _assumed(included: float, what: str) -> str:
    return f"Of the cost, ${included:.2f} is {what}; a request to AWS is taken to last {prices.WAIT_MS:.0f} ms."


def _endpoint(endpoint: Endpoint, method: str, target: str, body: Any, who: dict[str, str]) -> tuple[str, Contestant]:
    """The function's logical id, and the calls: one, and the repeats."""
    events = []
    for number in range(1 + REPEATS):
        numbered = _numbered(body, number)
        name, event = samples.http(built.application(), method, target, body=numbered, **who)
        events.append(event)
    return name, contestants.function(f"{method} {target}", name, endpoint, *events)


def _numbered(value: Any, number: int) -> Any:
    if isinstance(value, dict):
        return {name: _numbered(each, number) for name, each in value.items()}
    return value.replace("{n}", str(number)) if isinstance(value, str) else value


def _arrange(counting: Meter, table: str) -> None:
    """One learner with a full year, the catalogue's first definitions, and a hundred more learners on the boards."""
    counting.put(table, samples.profile(), samples.standing(), samples.definition())
    counting.put(table, *(samples.definition(f"row-{number}") for number in range(2 * REPEATS)))
    counting.put(table, *(samples.standing(f"learner-{number}") for number in range(100)))
