"""Leaderboards: the cost of computing all boards at 5,000, 100,000 and 1,000,000 users: the six built-in ones, then
six of own counters. All have three windows."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.request import urlopen

from laurels.metrics.rules import MAX_BOARDS
from tests.bench import prices
from tests.bench.processes import ROOT, environment
from tests.bench.report import Table

SIZES = (5_000, 100_000, 1_000_000)
MEMORY_GB = 2  # of ComputeLeaderboards
RUNS_A_MONTH = 4 * 24 * 30
# Seconds by users of the service that Laurels replaces: it compares users with each other for four statistics.
BEFORE = {100: 0.054, 1_000: 3.2, 5_000: 106.0}
COMPUTE = """
import json, resource, time
from laurels.leaderboards import computing
from tests.bench.processes import peak_mb
began = time.perf_counter()
computing.compute()
used = resource.getrusage(resource.RUSAGE_SELF)
taken = {"wall": time.perf_counter() - began, "cpu": used.ru_utime + used.ru_stime, "mb": peak_mb()}
print("\\n" + json.dumps(taken))
"""


def run(sizes: Sequence[int] = SIZES) -> Iterator[Table]:
    for own in (0, MAX_BOARDS):
        yield _table([_measure(size, own) for size in sizes], own)


def _table(taken: Sequence[dict[str, Any]], own: int) -> Table:
    rows: list[tuple[object, ...]] = []
    smaller: dict[str, Any] | None = None
    for found in taken:
        size = found["users"]
        grown = None if smaller is None else found["cpu"] / smaller["cpu"] / (size / smaller["users"])
        reads = found["read_units"] * prices.TABLE_READS / 1e6
        computing = found["cpu"] * MEMORY_GB * prices.LAMBDA_GB_SECOND
        writes = found["puts"] * prices.S3_WRITES / 1e6
        rows.append(
            (
                f"{size:,}",
                found["cpu"],
                found["wall"],
                found["cpu"] / size * 1e6,
                grown,
                found["mb"],
                found["read_units"],
                found["read_units"] / size * 1e6,
                found["put_bytes"] / 1e6,
                reads + computing + writes,
                (reads + computing + writes) * RUNS_A_MONTH,
            )
        )
        smaller = found
    columns = (
        *("users", "CPU s", "wall s", "us of CPU a user", "growth / that of users", "peak MB"),
        *("read units", "read units a million", "MB written", "USD a run", "USD a month"),
    )
    before = ", ".join(f"{seconds:g} s at {users:,}" for users, seconds in BEFORE.items())
    notes = (
        "All in one process, the table and the bucket in another; limits of the function: 840 s, 2,048 MB.",
        f"USD: list prices of the CPU time at {MEMORY_GB} GB, of read units and PUTs; a run every 15 minutes.",
        f"The service it replaces computes four statistics in {before} users.",
    )
    boards = f"six boards and {own} of own counters" if own else "six boards"
    return Table(f"Leaderboards: one run, {boards}, three windows, and the summary", columns, rows, notes)


def _measure(users: int, own: int) -> dict[str, Any]:
    server = subprocess.Popen(
        [sys.executable, str(ROOT / "tests/bench/learners.py"), str(users), str(own)],
        stdout=subprocess.PIPE, env=environment(), text=True,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        done = subprocess.run(
            [sys.executable, "-c", COMPUTE],
            stdout=subprocess.PIPE, env=environment() | {"AWS_ENDPOINT_URL": url}, text=True, check=True,
        )  # fmt: skip
        with urlopen(f"{url}/counted") as answer:
            counted = json.loads(answer.read())
    finally:
        server.kill()
        server.wait()
        assert server.stdout
        server.stdout.close()
    return {"users": users, **counted, **json.loads(done.stdout.splitlines()[-1])}
