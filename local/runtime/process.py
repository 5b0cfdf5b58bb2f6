"""One warm process of a function: started, invoked, timed out, killed and its output collected."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local.runtime import worker
from local.template.application import Function

Log = Callable[[str, str], None]  # (who, line)

# Lambda allows 10 s; a busy laptop that starts many processes at once needs more.
_START_LIMIT = 60.0
_RESPONSE_LIMIT = 6_291_556  # bytes, https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html


class StartError(Exception):
    """The function could not be loaded; `error` is what Lambda would answer."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error.get("errorMessage"))
        self.error = error


def search_path(function: Function) -> list[Path]:
    """Where the function's imports are looked for, in Lambda's order: its own code, then its layers.

    A layer is laid out as in Lambda, with a folder `python`, or is the source of one, which `sam build` puts there
    (`BuildMethod`). Packages of its requirements.txt are not installed: they must be where this runs.
    """
    return [function.code, *(folder for layer in function.layers for folder in _importable(layer))]


def _importable(layer: Path) -> list[Path]:
    """https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html#packaging-layers-paths"""
    python = layer / "python"
    if layer.suffix == ".zip":  # Python imports from archives, too
        return [python, python / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"]
    if not layer.is_dir():  # it is in S3, or missing: the function's import fails, which says what is missing
        return []
    if not python.is_dir():
        return (
            [layer]
            if {each.name for each in layer.iterdir()} - {"requirements.in", "requirements.txt", "Makefile"}
            else []
        )
    return [python, *sorted(python.glob("lib/python3*/site-packages"))]


class Process:
    """A child that serves one invocation at a time. `stamp` says of which state of the code it was made."""

    def __init__(self, function: Function, environment: dict[str, str], log: Log, stamp: object) -> None:
        self.stamp = stamp
        self.used = time.monotonic()
        self._function = function
        self._log = log
        self._connection, theirs = socket.socketpair()
        with theirs, contextlib.ExitStack() as if_it_fails:
            if_it_fails.callback(self._connection.close)
            self._child = subprocess.Popen(
                [sys.executable, "-P", worker.__file__, str(theirs.fileno()), function.handler],
                cwd=function.code,
                env=environment | {"PYTHONPATH": os.pathsep.join(map(str, search_path(function)))},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for the stack, which then ends its children in order
            )
            if_it_fails.pop_all()
        threading.Thread(target=self._collect_output, daemon=True).start()

    def wait_until_ready(self) -> None:
        """Raises StartError with Lambda's answer when the handler cannot be loaded."""
        try:
            self._connection.settimeout(_START_LIMIT)
            frame = worker.receive(self._connection)
        except (EOFError, OSError) as reason:
            self.kill()
            waited = isinstance(reason, TimeoutError)
            raise StartError(self._start_timeout() if waited else self._exit_error("")) from None
        if frame.header["kind"] != "ready":
            self.kill()
            raise StartError(json.loads(frame.payload))

    def begin(self, request_id: str, event: bytes) -> float:
        """Send the event; return when (monotonic) the function's time is up."""
        deadline = time.time() + self._function.timeout
        header = {
            "request_id": request_id,
            "arn": self._function.arn,
            "deadline": int(deadline * 1000),
            "trace_id": f"Root=1-{int(time.time()):08x}-{request_id.replace('-', '')[:24]};Sampled=0",
        }
        self.used = time.monotonic()
        self._connection.settimeout(self._function.timeout)
        with contextlib.suppress(OSError):  # it died while idle: finish() finds the connection closed and says so
            worker.send(self._connection, header, event)
        return self.used + self._function.timeout

    def finish(self, request_id: str, until: float) -> worker.Frame | None:
        """Return the answer, or None if `until` (monotonic) passes first: then it is still running."""
        try:
            self._connection.settimeout(max(until - time.monotonic(), 0.001))
            # Peek only: giving up inside a frame would lose its beginning.
            if self._connection.recv(1, socket.MSG_PEEK):
                self._connection.settimeout(self._function.timeout)
            frame = worker.receive(self._connection)
        except TimeoutError:
            return None
        except (EOFError, OSError):
            return _failed(self._exit_error(request_id))
        if len(frame.payload) > _RESPONSE_LIMIT:
            message = f"Response payload size exceeded maximum allowed payload size ({_RESPONSE_LIMIT} bytes)."
            return _failed({"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"})
        return frame

    def time_out(self, request_id: str) -> worker.Frame:
        """End the process as Lambda does, and return its error."""
        self.kill()
        message = f"RequestId: {request_id} Error: Task timed out after {self._function.timeout:.2f} seconds"
        self._log(self._function.name, message)
        return _failed({"errorMessage": message, "errorType": "Sandbox.Timedout"})

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    def crash(self) -> None:
        """Kill the process; the thread that waits for its answer notices."""
        self._child.kill()

    def kill(self) -> None:
        self._connection.close()
        self._child.kill()
        self._child.wait()

    def _exit_error(self, request_id: str) -> dict[str, Any]:
        self._connection.close()
        try:
            code = self._child.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self._child.kill()
            code = self._child.wait()
        how = f"exit status {code}" if code >= 0 else f"signal {-code}"
        message = f"RequestId: {request_id} Error: Runtime exited with error: {how}"
        self._log(self._function.name, message)
        return {"errorMessage": message, "errorType": "Runtime.ExitError"}

    def _start_timeout(self) -> dict[str, Any]:
        message = f"Initialisation took longer than {_START_LIMIT:.0f} seconds"
        return {"errorMessage": message, "errorType": "Sandbox.Timedout"}

    def _collect_output(self) -> None:
        if self._child.stdout is None:
            return
        with self._child.stdout as output:
            for line in output:
                # The runtime joins the lines of a stack trace with carriage returns.
                for part in line.decode("utf-8", "replace").rstrip("\n").split("\r"):
                    if part.strip():
                        self._log(self._function.name, part)


def _failed(error: dict[str, Any]) -> worker.Frame:
    return worker.Frame({"kind": "error"}, json.dumps(error).encode())
