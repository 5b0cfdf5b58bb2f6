"""`make sam-local`, and the SAM CLI's other servers, as processes."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import urllib3

from local.data.emulator import free_port

ROOT = Path(__file__).parents[2]
REGION = "us-east-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}  # the emulator's, not anybody's
START_LIMIT = 600.0  # seconds; the build is a part of it
CALL_LIMIT = 120.0  # seconds, with the start of a container


@contextmanager
def serving(log: Path) -> Iterator[str]:
    """Run `make sam-local`; yield the API's address."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    with started(["make", "sam-local", f"PORT={port}"], log, f"{url}/v1/health"):
        yield url


@contextmanager
def started(command: list[str], log: Path, ready: str) -> Iterator[None]:
    """Start a command in a process group of its own, wait until this URL answers, and end the group afterwards."""
    environment = os.environ | CREDENTIALS | {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        _wait(process, log, ready)
        yield
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", log: Path, ready: str) -> None:
    deadline = time.monotonic() + START_LIMIT
    while True:
        try:
            urllib3.request("GET", ready, timeout=CALL_LIMIT, retries=False)
            return
        except urllib3.exceptions.HTTPError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(log.read_text()[-3000:]) from None
            time.sleep(0.5)
