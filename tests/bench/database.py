"""The peer "seed" keeps its table in PostgreSQL: the table and its rows."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.bench import peer_layers, postgres, samples

# Runs in the peer's own interpreter, with the peer's packages.
_FILL = """
import asyncio, json, sys
import fastapi_sql as peer

async def fill(users, profile):
    async with peer.engine.begin() as connection:
        await connection.run_sync(peer.Base.metadata.create_all)
        rows = [{"user_id": user, "profile": profile} for user in users]
        await connection.execute(peer.User.__table__.insert(), rows)

asyncio.run(fill(*json.load(sys.stdin)))
"""


@contextmanager
def with_users(users: Sequence[str]) -> Iterator[str | None]:
    """The address of a PostgreSQL with a row for each user; None if PostgreSQL is not installed."""
    with postgres.running() as address:
        if address:
            paths = f"{peer_layers.CODE}:{peer_layers.layer('seed')}"
            environment = {"DATABASE_URL": address, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
            given = json.dumps([list(users), samples.profile()])
            command = [peer_layers.interpreter(), "-sSP", "-c", _FILL]
            subprocess.run(command, input=given, env=environment, text=True, check=True, stdout=sys.stderr)
        yield address
