"""Cold start: the time until a function's first answer. A stub stands in for DynamoDB."""

import sys
from collections.abc import Iterator

from tests.bench import contestants, database, emulated, samples
from tests.bench.contestants import AUTHORIZER, GET, PATCH, POST
from tests.bench.report import Table
from tests.bench.rounds import compared, interleaved

ROUNDS = 15
GOALS = {AUTHORIZER: (0.33, None), GET: (0.70, 0.45), PATCH: (0.70, 0.45), POST: (0.70, 0.45)}


def run(rounds: int = ROUNDS) -> Iterator[Table]:
    with contestants.stub() as endpoint, database.with_users([samples.USER]) as address:
        everybody = contestants.peers(endpoint, address) + contestants.ours(endpoint)
        seconds = interleaved(everybody, lambda each: each.run()["cold"], rounds)
        columns = ("cold start", "CPU ms", "x floor", "x fastapi", "goal")
        rows = compared(seconds, GOALS, unit=1000)
        yield Table(f"Cold start: a process up to its first answer, {rounds} rounds", columns, rows)
        if not emulated.emulator():
            print(
                "!!! aws-sam-cli's runtime interface emulator is not here: start-up under it is left out.",
                file=sys.stderr,
            )
            return
        both = interleaved(everybody, emulated.start, rounds)
        inits = compared({name: [init for init, _ in taken] for name, taken in both.items()}, {}, unit=1000)
        answers = compared({name: [total for _, total in taken] for name, taken in both.items()}, GOALS, unit=1000)
        rows = [(*init[:2], *answer[1:]) for init, answer in zip(inits, answers, strict=True)]
        clocked = ("cold start", "INIT ms", "+ first answer", "x floor", "x fastapi", "goal")
        notes = ["By the clock, not CPU. Clients of ours are made at the first call, the peers' in INIT: so add it."]
        yield Table(f"Under the runtime interface emulator, {rounds} rounds", clocked, rows, notes)
