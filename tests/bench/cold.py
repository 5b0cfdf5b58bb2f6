"""Cold start: CPU seconds from the start of a process to its first answer, DynamoDB answered by a stub."""

from collections.abc import Iterator

from tests.bench import contestants, database, samples
from tests.bench.contestants import AUTHORIZER, GET, PATCH, POST
from tests.bench.report import Table
from tests.bench.rounds import compared, interleaved

ROUNDS = 15
GOALS = {AUTHORIZER: (0.35, None), GET: (0.8, 0.45), PATCH: (0.8, 0.45), POST: (0.8, 0.45)}


def run(rounds: int = ROUNDS) -> Iterator[Table]:
    with contestants.stub() as endpoint, database.with_users([samples.USER]) as address:
        everybody = contestants.peers(endpoint, address) + contestants.ours(endpoint)
        seconds = interleaved(everybody, lambda each: each.run()["cold"], rounds)
    rows = compared(seconds, GOALS, unit=1000)
    columns = ("cold start", "CPU ms", "x floor", "x fastapi", "goal")
    yield Table(f"Cold start: a process up to its first answer, {rounds} rounds", columns, rows)
