"""DynamoDB, SQS, S3 and the other services on this machine: installs MiniStack into its own environment and runs it."""

import contextlib
import fcntl
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from collections.abc import Mapping
from pathlib import Path

from local import packages

_HERE = Path(__file__).resolve().parent
_PINS = _HERE / "requirements.txt"
_ENVIRONMENT = _HERE.parents[1] / ".venv" / "dataplane"
_START_LIMIT = 60.0  # seconds
_END_LIMIT = 60.0  # seconds, in which it writes what it keeps
_SERVICES = "bedrock-runtime,dynamodb,dynamodbstreams,events,iam,logs,s3,secretsmanager,sns,sqs,ssm,sts"
# A server with OpenAI's API whose model answers for Bedrock's; without it, the emulator answers with a fixed text.
MODEL_URL = "MINISTACK_BEDROCK_PROXY_URL"


class EmulatorError(Exception):
    """The data plane cannot be installed or does not start; the message is for the user."""


class Emulator:
    """A running emulator at `url`. It ends with close(), or with this process.

    It starts empty, or with the data in the folder `keep`, which it writes there when it ends.
    """

    def __init__(
        self,
        log_file: Path,
        region: str,
        *,
        port: int = 0,
        bind: str = "127.0.0.1",
        keep: Path | None = None,
        more: Mapping[str, str] | None = None,
    ) -> None:
        """`port` 0 takes any free one, or the one that the data was made at; `bind` is the one address it listens at;
        `more` are further settings of MiniStack, such as other services. Raises EmulatorError if the port is in use."""
        python = _installed()
        self._log_file = log_file
        if port and not _is_free(bind, port):  # by another emulator, whose data is not ours
            raise EmulatorError(f"port {port} of {bind} is in use")
        port = port or (_port_of(keep) if keep else free_port(bind))
        self.url = f"http://{bind}:{port}"
        self._folder = tempfile.mkdtemp(prefix="local-emulator-")
        settings = {
            "GATEWAY_PORT": str(port),
            "BIND_HOST": bind,
            "MINISTACK_HOST": bind,
            "MINISTACK_REGION": region,
            "SERVICES": _SERVICES,
            "LOG_LEVEL": "WARNING",
            "TMPDIR": self._folder,
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "DOCKER_HOST": "unix:///nonexistent",  # it would look for containers of its own otherwise
        }
        if MODEL_URL in os.environ:
            settings[MODEL_URL] = os.environ[MODEL_URL]
        settings |= more or {}
        if keep:
            # https://github.com/ministackorg/ministack: written when it ends, read when it starts
            settings |= {"PERSIST_STATE": "1", "STATE_DIR": str(keep / "state")}
            settings |= {"S3_PERSIST": "1", "S3_DATA_DIR": str(keep / "s3")}
        with log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [python, "-P", str(_HERE / "emulator_process.py")],
                env={"PATH": os.environ.get("PATH", os.defpath), "HOME": self._folder, **settings},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_LIMIT
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=5):
                return
            time.sleep(0.03)
        self.close()
        raise EmulatorError(f"the data plane does not start: {self._log_file} says why")

    def close(self) -> None:
        if self._process.stdin:
            self._process.stdin.close()  # which is what it waits for
        try:
            self._process.wait(timeout=_END_LIMIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def _installed() -> str:
    """Return the interpreter of the emulator's environment, which is made if it is missing or outdated."""
    python = _ENVIRONMENT / "bin" / "python"
    marker = _ENVIRONMENT / "installed.txt"
    wanted = _PINS.read_text(encoding="utf-8")
    _ENVIRONMENT.parent.mkdir(parents=True, exist_ok=True)
    with (_ENVIRONMENT.parent / "dataplane.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two stacks that start at once install it once
        if marker.is_file() and marker.read_text(encoding="utf-8") == wanted and python.exists():
            return str(python)
        print("Installing the local data plane (once) …", file=sys.stderr, flush=True)
        shutil.rmtree(_ENVIRONMENT, ignore_errors=True)
        try:
            venv.create(_ENVIRONMENT, with_pip=True)
            packages.install(str(python), [_PINS], sys.stderr if sys.stderr.isatty() else None)
        except (packages.InstallError, subprocess.CalledProcessError) as reason:
            raise EmulatorError(f"the data plane cannot be installed: {reason}") from None
        marker.write_text(wanted, encoding="utf-8")
    return str(python)


def free_port(host: str = "127.0.0.1") -> int:
    """Return a free port outside the range for clients, so that it stays free."""
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311 - no secret
        if _is_free(host, port):
            return port


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _port_of(keep: Path) -> int:
    """Return the port of the data in a folder: its queues' URLs contain it. Raises EmulatorError if it is in use."""
    keep.mkdir(parents=True, exist_ok=True)
    file = keep / "port"
    if not file.exists():
        file.write_text(f"{free_port()}\n", encoding="utf-8")
    port = int(file.read_text(encoding="utf-8"))
    if not _is_free("127.0.0.1", port):
        raise EmulatorError(f"port {port} is in use: does another stack have the data in {keep}?")
    return port
