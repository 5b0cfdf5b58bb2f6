"""The functions of an application, each in a pool of warm processes: one process per concurrent invocation."""

import json
import os
import sys
import threading
import time
import uuid
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.runtime.process import Log, Process, StartError, search_path
from local.runtime.worker import Frame
from local.template.application import Function

# Processes per function; more invocations wait. More than two per core would only compete.
LARGEST_POOL = min(8, max(4, 2 * (os.cpu_count() or 1)))
_IDLE_LIMIT = 300.0  # seconds an unused process is kept
_EVENT_LIMIT = 6 * 1024 * 1024  # bytes of a synchronous invocation's event


class Unavailable(Exception):
    """The function did not finish within the caller's time."""


class EventTooLarge(Exception):
    """The event is larger than Lambda accepts."""


@dataclass(frozen=True)
class Outcome:
    """The result of an invocation: JSON bytes, and whether they are the function's error."""

    payload: bytes
    failed: bool
    request_id: str

    def value(self) -> Any:
        return json.loads(self.payload)


class Functions:
    """All functions of an application. `environment` is added to each function's own."""

    def __init__(
        self, functions: Iterable[Function], environments: Mapping[str, Mapping[str, str]], region: str, log: Log
    ) -> None:
        self._code = _Code()
        self._pools = {
            function.name: _Pool(function, _environment(function, environments[function.name], region), log, self._code)
            for function in functions
        }
        self._closing = threading.Event()
        threading.Thread(target=self._sweep, daemon=True).start()

    def invoke(self, name: str, event: Any, patience: float | None = None) -> Outcome:
        """Run the function with the event (a value, or JSON as bytes) and wait for its result.

        Raises Unavailable after `patience` seconds, while the function may go on; EventTooLarge.
        """
        # A lone surrogate has no UTF-8, so it stays a JSON escape.
        text = "" if isinstance(event, bytes) else json.dumps(event, ensure_ascii=False)
        payload = event if isinstance(event, bytes) else text.encode("utf-8", "backslashreplace")
        if len(payload) > _EVENT_LIMIT:
            raise EventTooLarge
        return self._pools[name].invoke(payload, patience)

    def warm(self, names: Iterable[str]) -> None:
        """Starts a process of each, without waiting."""
        for name in names:
            self._pools[name].warm()

    def kill(self, name: str) -> int:
        """Kill the function's processes, as a crash would; return how many."""
        return self._pools[name].kill()

    def close(self) -> None:
        self._closing.set()
        with ThreadPoolExecutor(8) as executor:
            list(executor.map(_Pool.close, self._pools.values()))

    def _sweep(self) -> None:
        while not self._closing.wait(30):
            for pool in self._pools.values():
                pool.close_unused(time.monotonic() - _IDLE_LIMIT)


class _Pool:
    def __init__(self, function: Function, environment: dict[str, str], log: Log, code: "_Code") -> None:
        self._function = function
        self._environment = environment
        self._log = log
        self._code = code
        self._changed = threading.Condition()
        self._idle: list[Process] = []
        self._busy: set[Process] = set()
        self._failures: list[dict[str, Any]] = []
        self._starting = 0
        self._waiting = 0
        self._closed = False

    def invoke(self, event: bytes, patience: float | None) -> Outcome:
        request_id = str(uuid.uuid4())
        given_up_at = time.monotonic() + (patience if patience is not None else 1e9)
        if self._function.problem:
            error = {"errorType": "Local.Unsupported", "errorMessage": f"It cannot run here: {self._function.problem}"}
            return _outcome(_failure(error), request_id)
        try:
            process = self._take(given_up_at)
        except StartError as reason:
            return _outcome(_failure(reason.error), request_id)
        out_of_time = process.begin(request_id, event)
        frame = process.finish(request_id, min(out_of_time, given_up_at))
        if frame is None and given_up_at < out_of_time:
            # The caller gives up, but the function runs on to its own limit, as in Lambda.
            threading.Thread(target=self._see_out, args=(process, request_id, out_of_time), daemon=True).start()
            raise Unavailable
        if frame is None:
            frame = process.time_out(request_id)
        self._give_back(process)
        return _outcome(frame, request_id)

    def warm(self) -> None:
        with self._changed:
            if not (self._idle or self._starting or self._function.problem):
                self._start()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            processes = [*self._idle, *self._busy]
            self._idle.clear()
            self._changed.notify_all()
        for process in processes:
            process.kill()

    def kill(self) -> int:
        with self._changed:
            processes = [*self._idle, *self._busy]
        for process in processes:
            process.crash()
        return len(processes)

    def close_unused(self, since: float) -> None:
        with self._changed:
            unused = [process for process in self._idle if process.used < since]
            self._idle = [process for process in self._idle if process.used >= since]
        for process in unused:
            process.kill()

    def _take(self, given_up_at: float) -> Process:
        with self._changed:
            self._waiting += 1
            try:
                while True:
                    stamp = self._code.stamp(self._function)
                    while self._idle:
                        process = self._idle.pop()
                        if process.stamp == stamp and process.alive:
                            self._busy.add(process)
                            return process
                        threading.Thread(target=process.kill, daemon=True).start()
                    if self._failures:
                        raise StartError(self._failures.pop())
                    if self._closed:
                        raise Unavailable
                    if self._starting < self._waiting and self._starting + len(self._busy) < LARGEST_POOL:
                        self._start()
                    # Take whichever is ready first: a new process, or one that another invocation releases.
                    if not self._changed.wait(max(given_up_at - time.monotonic(), 0)):
                        raise Unavailable
            finally:
                self._waiting -= 1

    def _give_back(self, process: Process) -> None:
        with self._changed:
            self._busy.discard(process)
            serves_on = process.alive and not self._closed
            if serves_on:
                self._idle.append(process)
            self._changed.notify()
        if not serves_on:
            process.kill()

    def _see_out(self, process: Process, request_id: str, out_of_time: float) -> None:
        if process.finish(request_id, out_of_time) is None:
            process.time_out(request_id)
        self._give_back(process)

    def _start(self) -> None:
        self._starting += 1
        threading.Thread(target=self._start_one, daemon=True).start()

    def _start_one(self) -> None:
        process = None
        error: dict[str, Any] = {}
        try:
            process = Process(self._function, self._environment, self._log, self._code.stamp(self._function))
            process.wait_until_ready()
        except StartError as reason:
            process, error = None, reason.error
        except OSError as reason:
            process, error = None, {"errorType": "Runtime.StartError", "errorMessage": str(reason)}
        with self._changed:
            self._starting -= 1
            if process is not None and not self._closed:
                self._idle.append(process)
            elif process is None and self._waiting:
                self._failures.append(error)
            self._changed.notify()
        if process is not None and self._closed:
            process.kill()


class _Code:
    """The version of the code on disk, checked at most once a second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[Path, tuple[float, object]] = {}

    def stamp(self, function: Function) -> tuple[object, ...]:
        """Equal as long as no Python file below the function's code or layers changes."""
        return tuple(self._folder(folder) for folder in search_path(function))

    def _folder(self, folder: Path) -> object:
        with self._lock:
            looked, state = self._seen.get(folder, (0.0, None))
            if time.monotonic() - looked > 1:
                state = _state(folder)
                self._seen[folder] = (time.monotonic(), state)
            return state


def _state(folder: Path) -> tuple[int, int, int]:
    count, newest, size = 0, 0, 0
    folders = [str(folder)]
    while folders:
        try:
            entries = list(os.scandir(folders.pop()))
        except OSError:
            continue  # gone since it was listed
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in ("__pycache__", "node_modules") and not entry.name.startswith("."):
                    folders.append(entry.path)
            elif entry.name.endswith(".py"):
                about = entry.stat()
                count, newest, size = count + 1, max(newest, about.st_mtime_ns), size + about.st_size
    return count, newest, size


def _environment(function: Function, own: Mapping[str, str], region: str) -> dict[str, str]:
    """Return the environment of the function's process: what Lambda would give it, and AWS settings; nothing else of
    this machine.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    inherited = {key: value for key, value in os.environ.items() if key.startswith("AWS_")}
    if "AWS_ACCESS_KEY_ID" not in inherited and "AWS_PROFILE" not in inherited:
        inherited |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    return {
        **inherited,
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PYTHONDONTWRITEBYTECODE": "1",  # or __pycache__ ends up in what is built and deployed
        "PYTHONUTF8": "1",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
        "AWS_LAMBDA_FUNCTION_NAME": function.id,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.id}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "LAMBDA_TASK_ROOT": str(function.code),
        "_HANDLER": function.handler,
        **own,
    }


def _failure(error: dict[str, Any]) -> Frame:
    return Frame({"kind": "error"}, json.dumps(error).encode())


def _outcome(frame: Frame, request_id: str) -> Outcome:
    return Outcome(frame.payload, failed=frame.header["kind"] != "result", request_id=request_id)
