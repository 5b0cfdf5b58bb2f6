"""Patience in the whole stack, so that no test fails because the machine is slow, or stops for a while.

An emulator that has to wait for its turn would else be given up by a function, the function by the gateway, and a
message that failed for that would come again when its visibility time-out has passed, which is minutes.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from local.gateway import authorizers
from local.stack import Stack
from local.template import loader
from local.template.application import Application

LAYER = Path(__file__).parent / "patience_layer"
SECONDS = 300


@contextmanager
def running(*arguments: Any, **more: Any) -> Iterator[Stack]:
    """A stack that has it. Templates are read so for its start alone: while it runs, other tests of this process read
    theirs."""
    with patch.object(loader, "load", _patiently(loader.load)):
        stack = Stack(*arguments, **more)
    with closing(stack), patch.object(authorizers, "_PATIENCE", SECONDS):
        yield stack


def _patiently(load: Callable[..., Application]) -> Callable[..., Application]:
    """Reads a template as `load` does, and gives all time to what it describes."""

    def load_patiently(*arguments: Any, **more: Any) -> Application:
        found = load(*arguments, **more)
        functions = {
            name: replace(function, timeout=max(function.timeout, SECONDS), layers=(*function.layers, LAYER))
            for name, function in found.functions.items()
        }
        apis = {
            name: replace(api, routes=tuple(replace(route, timeout=SECONDS) for route in api.routes))
            for name, api in found.apis.items()
        }
        return replace(found, functions=functions, apis=apis)

    return load_patiently
