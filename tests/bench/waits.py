"""What a client waits for: a warm read and a warm write through the local gateway, beside FastAPI on uvicorn.

One request at a time over one connection, all contestants in turns. FastAPI reads DynamoDB Local, and then the same
emulator as the local stack.
"""

import itertools
import json
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import urllib3

from laurels.attribute_values import pack
from local.data.emulator import free_port
from local.data.stores import Clients
from local.template.application import Resource
from tests.bench import peer_layers, samples
from tests.bench.contestants import FASTAPI, LAMBDA
from tests.bench.report import Table
from tests.dynamodb_local import server
from tests.e2e.conftest import serving

ROUNDS, EACH = 20, 25  # rounds, and requests of each kind in a round
OURS, ON_LOCAL, ON_EMULATOR = "local gateway", "uvicorn, DynamoDB Local", "uvicorn, the stack's emulator"
READ, WRITE = "GET profile", "PATCH profile"


def run(rounds: int = ROUNDS) -> Iterator[Table]:
    if not server.installed():
        yield Table("Waits", ("left out",), [(f"DynamoDB Local is not installed: {server.INSTALL}",)])
        return
    with ExitStack() as stack:
        log = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "stack.log"
        service = stack.enter_context(serving(log))
        (table,) = service.stack.application.tables.values()
        local = stack.enter_context(server.running())
        region = service.stack.application.region
        _create(table, Clients(local, region))
        for clients in (Clients(local, region), service.stack.clients):
            for item in (samples.profile(), samples.standing()):
                clients("dynamodb").put_item(TableName=table.id, Item=_packed(item))
        urls = {
            OURS: service.url,
            ON_LOCAL: stack.enter_context(_uvicorn(local, table.id)),
            ON_EMULATOR: stack.enter_context(_uvicorn(service.stack.endpoint_url, table.id)),
        }
        yield _table(_measure(urls, service.token(samples.USER), rounds), rounds)


def _packed(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item for boto3, which encodes bytes itself."""
    return {name: {"B": value} if isinstance(value, bytes) else pack(value) for name, value in item.items()}


def _create(table: Resource, clients: Clients) -> None:
    schema = {name: table.properties[name] for name in ("KeySchema", "AttributeDefinitions", "BillingMode")}
    used = {key["AttributeName"] for key in schema["KeySchema"]}
    schema["AttributeDefinitions"] = [each for each in schema["AttributeDefinitions"] if each["AttributeName"] in used]
    clients("dynamodb").create_table(TableName=table.id, **schema)


@contextmanager
def _uvicorn(endpoint: str, table: str) -> Iterator[str]:
    """Serve the peer with one worker, uvicorn's default; yield its URL."""
    port = free_port()
    paths = (peer_layers.CODE, peer_layers.layer(FASTAPI))
    environment = LAMBDA | {
        "AWS_ENDPOINT_URL": endpoint,
        "TABLE_NAME": table,
        "PYTHONPATH": ":".join(map(str, paths)),
    }
    command = [peer_layers.interpreter(), "-m", "uvicorn", "fastapi_served:app", "--port", str(port)]
    with subprocess.Popen([*command, "--log-level", "warning"], env=environment) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            urllib3.request("GET", f"{url}/openapi.json", retries=urllib3.Retry(connect=8, backoff_factor=0.2))
            yield url
        finally:
            process.terminate()


def _measure(urls: dict[str, str], token: str, rounds: int) -> dict[tuple[str, str], list[float]]:
    """Return the seconds of each request by contestant and kind. The first round starts processes and is dropped."""
    taken: dict[tuple[str, str], list[float]] = defaultdict(list)
    numbers = itertools.count()
    with urllib3.PoolManager(retries=False, timeout=60) as http:
        for number in range(rounds + 1):
            for who, url in urls.items():
                for kind, method in ((READ, "GET"), (WRITE, "PATCH")):
                    for _ in range(EACH):
                        body = None if method == "GET" else json.dumps({"location": f"Place {next(numbers)}"})
                        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
                        begun = time.perf_counter()
                        answer = http.request(method, f"{url}/v1/users/{samples.USER}", body=body, headers=headers)
                        seconds = time.perf_counter() - begun
                        if answer.status != 200:
                            raise RuntimeError(f"{who}: {method} gives {answer.status} {answer.data[:300]!r}")
                        if number:
                            taken[who, kind].append(seconds)
    return taken


def _table(taken: dict[tuple[str, str], list[float]], rounds: int) -> Table:
    rows = []
    for kind in (READ, WRITE):
        fastest = median(taken[ON_LOCAL, kind])
        for who in (OURS, ON_LOCAL, ON_EMULATOR):
            values = taken[who, kind]
            rows.append(
                (f"{kind}: {who}", 1000 * median(values), 1000 * quantiles(values, n=100)[98], median(values) / fastest)
            )
    columns = ("", "p50 ms", "p99 ms", f"x {ON_LOCAL}")
    notes = [
        f"{rounds * EACH} requests of each, one at a time. A write of ours is two requests to the table, the peer's is "
        "one; the peer checks no token and knows no roles, revisions or idempotency.",
    ]
    return Table("What a client waits for on this machine, warm", columns, rows, notes)
