"""The engine's own process: MiniStack, which ends together with the test that started it.

Run as a script by the interpreter of the engine's environment. `FUNCTIONS_PYTHON` names the interpreter of functions.
For each line of its standard input it prints how much it has still to do: running functions, and unread records of
streams.
"""

import os
import sys
import threading
from collections.abc import Callable
from typing import Any

from ministack.app import main  # type: ignore[import-not-found,unused-ignore]  # in its own environment
from ministack.core import lambda_runtime  # type: ignore[import-not-found,unused-ignore]
from ministack.services import dynamodb, lambda_svc  # type: ignore[import-not-found,unused-ignore]

_WORKER = lambda_runtime._PYTHON_WORKER_SCRIPT
_INTERPRETER = os.environ.pop("FUNCTIONS_PYTHON")
_running: list[str] = []


def _interpreter(_runtime: str) -> tuple[str, str]:
    """Return the functions' interpreter. MiniStack's own would find what a layer has forgotten."""
    return _INTERPRETER, _WORKER


def _counted(execute: Callable[..., Any]) -> Callable[..., Any]:
    def counting(*arguments: Any) -> Any:
        _running.append("")
        try:
            return execute(*arguments)
        finally:
            _running.pop()

    return counting


def _unread() -> int:
    """Return how many records of streams wait for the functions that read them."""
    unread = 0
    for _, _, mapping in lambda_svc._iter_all_esms():
        source = mapping["EventSourceArn"]
        if "/stream/" in source and mapping.get("Enabled", True):
            table = source.split("/")[1]
            start, end = dynamodb.stream_start_position(table), dynamodb.stream_end_position(table)
            unread += max(0, end - lambda_svc._dynamodb_stream_positions.get(mapping["UUID"], start))
    return unread


def _answer() -> None:
    for _ in sys.stdin:
        print(len(_running) + _unread(), file=_answers, flush=True)
    lambda_runtime.reset()  # ends the functions' processes
    os._exit(0)


if __name__ == "__main__":
    _answers, sys.stdout = sys.stdout, sys.stderr
    lambda_runtime._detect_runtime_binary = _interpreter
    lambda_svc._execute_function = _counted(lambda_svc._execute_function)
    threading.Thread(target=_answer, daemon=True).start()
    main()
