"""An engine that takes the real `sam deploy` and enforces IAM: MiniStack with AUTH=true.

Functions run on an interpreter that has boto3 alone, as Lambda's runtime: they find what their layers bring, and no
more.
"""

import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from local.data.emulator import MODEL_URL, free_port
from local.data.stores import Clients

ROOT = Path(__file__).parents[2]
ENVIRONMENT = ROOT / ".venv/engine"
SAM = ROOT / ".venv/sam/bin/sam"
REGION = "us-east-1"
# The engine takes them for the account's root, which may do everything. Functions get their roles' own.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}
_START_LIMIT = 120.0  # seconds
_END_LIMIT = 60.0  # seconds


class Engine:
    """A running engine at `url`. Its log and its files are in `folder`."""

    def __init__(self, url: str, folder: Path, process: "subprocess.Popen[str]") -> None:
        self.url, self.folder = url, folder
        self.clients = Clients(url, REGION)
        self._process = process

    def left(self) -> int:
        """Return how many functions are running, and how many records of streams they have not read."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def running(folder: Path, model: str) -> Iterator[Engine]:
    """Start the engine, and stop it in the end. `model` is the URL of a server that answers for Bedrock's model."""
    port = free_port()
    settings = {
        "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "127.0.0.1", "MINISTACK_REGION": REGION,
        "AUTH": "true", "LOG_LEVEL": "INFO", "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0", MODEL_URL: model,
        "FUNCTIONS_PYTHON": str(ENVIRONMENT / "runtime/bin/python"),
        # All that functions get from here: they must find neither the test's settings nor its modules.
        "DOCKER_HOST": "unix:///nonexistent", "HOME": str(folder), "TMPDIR": str(folder), "PATH": os.defpath,
    }  # fmt: skip
    with (folder / "engine.log").open("wb") as log:
        process = subprocess.Popen(
            [str(ENVIRONMENT / "bin/python"), "-P", str(Path(__file__).with_name("engine_process.py"))],
            env=settings,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process, folder / "engine.log")
        engine = Engine(url, folder, process)
        yield engine
        engine.clients.close()
    finally:
        assert process.stdin
        assert process.stdout
        process.stdin.close()  # which is what it waits for
        process.stdout.close()
        try:
            process.wait(_END_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(url: str, process: "subprocess.Popen[str]", log: Path) -> None:
    deadline = time.monotonic() + _START_LIMIT
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), urllib.request.urlopen(f"{url}/_ministack/health", timeout=5):
            return
        time.sleep(0.1)
    raise AssertionError(f"the engine does not start:\n{log.read_text(encoding='utf-8')[-3000:]}")
