"""Warm path: CPU time per invocation of a running process. A stub stands in for DynamoDB."""

from collections.abc import Iterator

from tests.bench import contestants, database, samples
from tests.bench.contestants import GET, PATCH, POST
from tests.bench.report import Table
from tests.bench.rounds import compared, interleaved

ROUNDS = 7
WARM_UPS, CALLS = 100, 400
GOALS: dict[str, tuple[float, float | None]] = {GET: (0.36, 0.25), PATCH: (0.52, None), POST: (0.72, None)}


def run(rounds: int = ROUNDS) -> Iterator[Table]:
    with contestants.stub() as endpoint, database.with_users([samples.USER]) as address:
        everybody = contestants.peers(endpoint, address) + contestants.ours(endpoint)
        everybody = [each for each in everybody if each.name not in (contestants.SCHEDULE, contestants.UNCOMPILED)]
        seconds = interleaved(everybody, lambda each: each.run(WARM_UPS, CALLS)["calls"] / CALLS, rounds)
    columns = ("warm path", "CPU ms", "x floor", "x fastapi", "goal")
    rows = compared(seconds, GOALS, unit=1000)
    yield Table(f"Warm path: one invocation, {rounds} rounds of {CALLS}", columns, rows)
