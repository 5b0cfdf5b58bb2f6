"""Ingest on DynamoDB Local and PostgreSQL: stat updates per second of CPU, and the requests and write units of each."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from statistics import median
from typing import Any

from laurels.metrics.rules import MAX_ACTIVE
from tests.bench import built, contestants, database, meter, samples
from tests.bench.contestants import PLAIN, POWERTOOLS, SEED, Contestant, Endpoint
from tests.bench.meter import Meter
from tests.bench.report import Table
from tests.bench.rounds import interleaved
from tests.dynamodb_local import server

ROUNDS = 5
BATCHES, WARM_UPS, BATCH = 30, 5, 10
RATE, UNITS = 5.5, 1 / 3  # goals, relative to Powertools: at least this rate, at most these write units
OURS, OURS_OWN = "ours", f"ours, {MAX_ACTIVE} own metrics too"
USERS = [f"learner-{number}" for number in range(BATCH)]
PER_BATCH = {"1 message per user and batch": USERS, "10 messages per user and batch": USERS[:1] * BATCH}


def run(rounds: int = ROUNDS) -> Iterator[Table]:
    if not server.installed():
        yield Table("Ingest", ("left out",), [(f"DynamoDB Local is not installed: {server.INSTALL}",)])
        return
    application = built.application()
    (table,) = application.tables.values()
    with meter.running(application) as counting, database.with_users(USERS) as address:
        everyone = [*USERS, *map(_with_own_metrics, USERS)]
        counting.put(table.id, *samples.in_force(MAX_ACTIVE), *map(samples.standing, everyone))
        everybody = _everybody(counting.endpoint, table.id, address)
        for title, users in PER_BATCH.items():
            taken = interleaved(everybody, partial(_measure, counting=counting, users=users), rounds)
            yield _table(f"Ingest: {title}, {rounds} rounds", taken)


def _everybody(endpoint: Endpoint, table: str, address: str | None) -> list[Contestant]:
    """All contestants, without events: each measurement makes new ones, because repeated ones are duplicates."""
    handlers = {POWERTOOLS: "powertools_ingest.handler", PLAIN: "plain_ingest.handler"}
    theirs = [contestants.peer(name, handler, endpoint, None) for name, handler in handlers.items()]
    theirs = [replace(each, environment=each.environment | {"TABLE_NAME": table}) for each in theirs]
    ours = contestants.function(OURS, "ApplyStatUpdates", endpoint)
    everybody = [*theirs, ours, replace(ours, name=OURS_OWN)]
    return [*everybody, contestants.peer(SEED, "fastapi_sql.handler", endpoint, address)] if address else everybody


def _measure(each: Contestant, counting: Meter, users: Sequence[str]) -> tuple[float, float, float]:
    """CPU seconds, table requests and write units of one update."""
    own = MAX_ACTIVE if each.name == OURS_OWN else 0
    named = [_with_own_metrics(user) if own else user for user in users]
    batches = [[samples.update(user, own) for user in named] for _ in range(1 + WARM_UPS + BATCHES)]
    if each.name == SEED:
        events, size = [_post(update) for batch in batches for update in batch], 1
    else:
        events, size = [samples.batch(batch) for batch in batches], BATCH
    calls = BATCHES * BATCH // size
    counting.reset()
    said = replace(each, events=tuple(events)).run(len(events) - calls - 1, calls)
    counted, updates = counting.counted, len(events) * size
    return said["calls"] / (calls * size), counted["table"] / updates, counted["write_units"] / updates


def _with_own_metrics(user_id: str) -> str:
    """Return another user, so that standings of the others stay without own metrics."""
    return f"{user_id}-own"


def _post(update: dict[str, Any]) -> dict[str, Any]:
    return samples.http(built.application(), "POST", f"/v1/users/{update['user_id']}/stats/updates", body=update)[1]


def _table(title: str, taken: dict[str, list[tuple[float, float, float]]]) -> Table:
    rows = []
    for name, values in taken.items():
        faster = median(their[0] / mine[0] for mine, their in zip(values, taken[POWERTOOLS], strict=True))
        _, requests, units = values[-1]
        fewer = units / taken[POWERTOOLS][-1][2]
        goal = f"≥ {RATE:g} and ≤ {UNITS:.2f}: {'met' if faster >= RATE and fewer <= UNITS else 'missed'}"
        counts: tuple[object, ...] = (None, None, None) if name == SEED else (requests, units, fewer)
        rate = 1 / median(seconds for seconds, *_ in values)
        rows.append((name, rate, faster, *counts, goal if name == OURS else ""))
    columns = ("way", "updates per CPU s", "x powertools", "requests each", "write units each", "x powertools", "goal")
    notes = [
        "powertools and plain count each message once, but twice what a producer sends again after five minutes;",
        f"with {MAX_ACTIVE} own metrics, each update changes all of them, and the standing has more than 1 KB;",
        "seed takes one update a request, over HTTP, and counts twice whatever comes twice.",
        "CPU is the function's own: neither DynamoDB Local's nor PostgreSQL's.",
    ]
    return Table(title, columns, rows, notes)
