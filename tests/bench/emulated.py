"""Start a function under AWS's runtime interface emulator, which is part of aws-sam-cli, without a container."""

import json
import os
import re
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

from tests.bench import built, peer_layers
from tests.bench.contestants import LAMBDA, Contestant

PATIENCE = 60  # seconds
MISSING = "aws-sam-cli is not installed (make build): start-up under its runtime interface emulator is left out."


def emulator() -> Path | None:
    machine = {"aarch64": "arm64", "arm64": "arm64"}.get(os.uname().machine, "x86_64")
    folder = built.ROOT / ".venv/sam"
    return next(folder.glob(f"lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-{machine}"), None)


def start(contestant: Contestant) -> tuple[float, float]:
    """Wall-clock seconds: of INIT (the emulator's `INIT REPORT`), and of INIT and the first invocation together."""
    program = emulator()
    assert program
    front, runtime = _free_port(), _free_port()
    # Lambda's own runtime is awslambdaric too. It is the last in the path, as /var/runtime is.
    paths = (*contestant.paths, peer_layers.layer("runtime"))
    command = [str(program), "--runtime-interface-emulator-address", f"127.0.0.1:{front}"]
    command += ["--runtime-api-address", f"127.0.0.1:{runtime}"]
    command += [peer_layers.interpreter(), "-sSP", "-m", "awslambdaric", contestant.handler]
    environment = {name: value for name, value in LAMBDA.items() if name != "AWS_EXECUTION_ENV"}  # refused otherwise
    environment |= {**contestant.environment, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            _wait(front)
            url = f"http://127.0.0.1:{front}/2015-03-31/functions/function/invocations"
            body = json.dumps(contestant.events[0]).encode()
            with urllib.request.urlopen(url, body, timeout=PATIENCE) as answer:
                answer.read()
        finally:
            process.terminate()
            log = process.communicate()[0]
    init = re.search(r"INIT REPORT\(durationMs: ([\d.]+)\)", log)
    first = re.search(r"INVOKE RTDONE\(status: success, .*duration: ([\d.]+)ms", log)
    if not init or not first:
        raise RuntimeError(f"{contestant.name} fails under the emulator:\n{log}")
    return float(init[1]) / 1000, (float(init[1]) + float(first[1])) / 1000


def _wait(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
