"""Boards beyond one function: each step of the state machine at full size, and what a run costs at 10 and 100 million
users, beside the one function. The bill and the minutes are computed from the measured steps."""

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

from laurels.leaderboards.distributed import RANGE, SEGMENT
from laurels.leaderboards.incremental import RankedPartition
from local.template import loader
from tests.bench import prices
from tests.bench.cost import measured, whole
from tests.bench.leaderboards import RUNS_A_MONTH
from tests.bench.processes import ROOT, environment
from tests.bench.report import Table

SEGMENTS = 2  # in one partition
USERS = SEGMENTS * SEGMENT
SIZES = (10_000_000, 100_000_000)
LAMBDA_SECONDS, LAMBDA_MB = 840, 10_240
PARTITIONS, MERGES, GETS_AT_ONCE = 64, 200, 16  # what runs at the same time: see template.yaml and `distributed`
TABLE_READS_A_SECOND = 40_000  # read units: a table's quota, if nobody has raised it
RUN = ["1795977300000-3f2a9c51", 1795977300000, 1795976400000, [], [], {}, USERS]
BOARD = "points-all_time"
OF_A_RUN = ("CPU s", "minutes", "read units", "GET", "PUT, COPY", "USD a run", "USD a month")  # columns
# The share of partitions to read. Changes of random users between two runs, as a mark sees them, reach
# 1 - exp(-changes / 64) of the partitions.
SHARES = (
    ("nothing", 0.0),
    ("1 % of partitions", 0.01),
    ("10 % of partitions", 0.1),
    *((f"{changes} standings", 1 - math.exp(-changes / PARTITIONS)) for changes in (16, 64, 200)),
    ("all", 1.0),
)
STEP = """
import json, resource, sys, time
from laurels.leaderboards import distributed
from laurels.leaderboards.incremental import RankedPartition
from laurels.leaderboards.versions import Run
from tests.bench.processes import peak_mb
run, step, *arguments = json.load(sys.stdin)
began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
if step == "plan_ranges":
    arguments = [[RankedPartition(*each) for each in arguments[0]]]
result = getattr(distributed, step)(Run(*run), *arguments)
used = resource.getrusage(resource.RUSAGE_SELF)
cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
print("\\n" + json.dumps([result, {"cpu": cpu, "wall": time.perf_counter() - began, "mb": peak_mb()}]))
"""


class Steps(NamedTuple):
    """What each step took: {cpu, wall, mb, read_units, queries, puts, put_bytes, gets}. `places` are those of all
    boards, `merged` those of the one that was merged and joined."""

    rank: dict[str, float]
    merge: dict[str, float]
    join: dict[str, float]
    places: int
    merged: int


def run() -> Iterator[Table]:
    steps = _measure()
    yield _steps(steps)
    yield _sizes(steps)
    yield _savings(steps)


def _steps(steps: Steps) -> Table:
    rank = {name: value / SEGMENTS if name != "mb" else value for name, value in steps.rank.items()}
    named = (
        (f"rank a segment of {SEGMENT:,} standings", SEGMENT, rank),
        (f"merge a range of {steps.merged:,} places", steps.merged, steps.merge),
        (f"join a board of {steps.merged:,} places", steps.merged, steps.join),
    )
    rows = [
        (
            *(name, took["cpu"], took["cpu"] / items * 1e6, took["mb"], took.get("read_units", 0)),
            *(took.get("queries", 0), took.get("gets", 0), took.get("puts", 0), took.get("put_bytes", 0) / 1e6),
        )
        for name, items, took in named
    ]
    columns = ("step", "CPU s", "us of CPU each", "peak MB", "read units", "Queries", "GET", "PUT", "MB written")
    notes = ("Each in a process of its own, table and bucket in another. Six boards, three windows.",)
    return Table("The steps of the state machine", columns, rows, notes)


def _sizes(steps: Steps) -> Table:
    rows: list[tuple[object, ...]] = []
    for users in SIZES:
        rows += [_one_function(users), _state_machine(users, steps)]
    memory = _functions()["ComputeLeaderboards"].memory
    columns = ("users", "engine", *OF_A_RUN)
    notes = (
        "Computed from the steps above, not run at this size. Minutes: at most 64 partitions, and 200 ranges, at once; "
        f"{TABLE_READS_A_SECOND:,} read units a second; a run every 15 minutes.",
        f"The one function ends at {_most(memory) / 1e6:.1f} million users with its {memory:,} MB, and at "
        f"{_most() / 1e6:.0f} million with the largest `MemorySize`, {LAMBDA_MB:,} MB, and 14 minutes.",
    )
    return Table("One run at 10 and 100 million users", columns, rows, notes)


def _one_function(users: int) -> tuple[object, ...]:
    """Extrapolate the measured run at a million users."""
    row = _largest()
    times = users / whole(row[0])
    cpu, gigabytes, reads = float(row[1]) * times, float(row[5]) * times / 1024, whole(row[6]) * times
    usd = cpu * gigabytes * prices.LAMBDA_GB_SECOND + reads * prices.TABLE_READS / 1e6
    fits = "" if users < _most() else f" (too large: {gigabytes:.0f} GB)"
    return (f"{users:,}", f"one function{fits}", cpu, cpu / 60, reads, 0, 18, usd, usd * RUNS_A_MONTH)


def _most(megabytes: int = LAMBDA_MB) -> float:
    """Return how many users one function ranks in its time and so much memory."""
    row = _largest()
    return whole(row[0]) * min(LAMBDA_SECONDS / float(row[1]), megabytes / float(row[5]))


def _largest() -> list[str]:
    """Return the row of the largest run that was measured."""
    return measured("leaderboards", "Leaderboards: one run")[-1]


def _savings(steps: Steps) -> Table:
    rows = []
    for users in SIZES:
        for label, share in SHARES:
            row = _state_machine(users, steps, share)
            rows.append((row[0], label, 100 * share, *row[2:]))
    columns = ("users", "changed", "% read", *OF_A_RUN)
    notes = (
        "Computed from the steps above: partitions that nothing has changed are not read, and all runs are "
        "merged. USD a month: if all runs were like this one.",
    )
    return Table("One run that reads only what has changed", columns, rows, notes)


def _state_machine(users: int, steps: Steps, share: float = 1) -> tuple[object, ...]:
    """Return the row of a run that reads this share of the partitions."""
    segments = math.ceil(users / SEGMENT / PARTITIONS) * PARTITIONS
    places = steps.places / USERS * users
    ranges = math.ceil(places / RANGE) + 18
    largest = users * steps.merged / USERS
    rank_cpu = steps.rank["cpu"] / USERS * users * share
    merge_cpu, join_cpu = steps.merge["cpu"] / steps.merged * places, steps.join["cpu"] / steps.merged * places
    reads = steps.rank["read_units"] / USERS * users * share
    gets, puts = ranges * (segments + 2) + segments, 2 * segments * share + 4 * ranges
    waits = gets * prices.WAIT_MS / 1000 / GETS_AT_ONCE
    memory = {name: function.memory / 1024 for name, function in _functions().items()}
    lambdas = (
        rank_cpu * memory["RankPartition"] + (merge_cpu + waits) * memory["MergeRange"] + join_cpu * memory["JoinBoard"]
    ) * prices.LAMBDA_GB_SECOND
    engine = (
        (3 * PARTITIONS * share + 100) * prices.STATE_TRANSITIONS / 1e6
        + ranges * prices.EXPRESS_EXECUTIONS / 1e6
        + (merge_cpu + waits) / 16 * prices.EXPRESS_GB_SECOND
    )
    usd = (
        lambdas
        + engine
        + reads * prices.TABLE_READS / 1e6
        + gets * prices.S3_READS / 1e6
        + puts * prices.S3_WRITES / 1e6
    )
    waves = math.ceil(ranges / MERGES)
    seconds = (
        max(rank_cpu / PARTITIONS / max(share, 1 / PARTITIONS), reads / TABLE_READS_A_SECOND)
        + waves * (merge_cpu + waits) / ranges
        + largest * steps.join["cpu"] / steps.merged
    )
    cpu = rank_cpu + merge_cpu + join_cpu
    return (f"{users:,}", "state machine", cpu, seconds / 60, reads, gets, puts, usd, usd * RUNS_A_MONTH)


def _functions() -> dict[str, Any]:
    return loader.load(ROOT / "template.yaml", {"BoardsEngine": "distributed"}).functions


def _measure() -> Steps:
    server = subprocess.Popen(
        [sys.executable, str(ROOT / "tests/bench/learners.py"), str(USERS), "0", "1"],
        stdout=subprocess.PIPE, env=environment(), text=True,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        counted: dict[str, float] = {}

        def step(name: str, *arguments: Any) -> tuple[Any, dict[str, float]]:
            nonlocal counted
            done = subprocess.run(
                [sys.executable, "-c", STEP], input=json.dumps([RUN, name, *arguments]),
                stdout=subprocess.PIPE, env=environment() | {"AWS_ENDPOINT_URL": url}, text=True, check=True,
            )  # fmt: skip
            result, used = json.loads(done.stdout.splitlines()[-1])
            before = counted
            with urlopen(f"{url}/counted") as answer:
                counted = json.loads(answer.read())
            return result, used | {key: counted[key] - before.get(key, 0) for key in counted}

        ranked, rank = step("rank_partition", 0)
        runs = RankedPartition(*ranked)
        assert runs.segments == SEGMENTS
        step("plan_ranges", [runs])
        request = Request(f"{url}/laurels/{runs.names()[0]}.json", headers={"range": "bytes=0-"})
        with urlopen(request) as answer:
            columns = json.loads(answer.read())["columns"]
        _, merge = step("merge_range", BOARD, 0)
        (_, layout), join = step("join_board", BOARD)
        places = sum(each["total"] for name, each in columns.items() if "-" in name) * SEGMENTS
        return Steps(rank, merge, join, places, layout[0])
    finally:
        server.kill()
        server.wait()
        assert server.stdout
        server.stdout.close()
