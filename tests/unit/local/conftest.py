"""The toy application: loaded from its template and served over HTTP without a data plane."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.gateway.api import Gateway
from local.gateway.server import Server
from local.runtime.functions import Functions
from local.template import loader

TOY = Path(__file__).parent / "toy" / "template.yaml"


@pytest.fixture(scope="session")
def toy() -> Any:
    return loader.load(TOY)


@pytest.fixture
def log() -> Any:
    return Log()


class Log(list[tuple[Any, Any]]):
    """The logged lines, as (source, line)."""

    def __call__(self, source: Any, line: Any) -> None:
        self.append((source, line))

    def text(self) -> Any:
        return "\n".join(f"{source}: {line}" for source, line in self)


@pytest.fixture(scope="session")
def served(toy: Any) -> Iterator[Any]:
    """The toy's HTTP API: its `url`, its `functions` and their `log`."""
    with Served(toy) as served:
        yield served


class Served:
    def __init__(self, application: Any) -> None:
        self.application = application
        self.log = Log()
        environments = {name: function.environment for name, function in application.functions.items()}
        self.functions = Functions(application.functions.values(), environments, application.region, self.log)
        self.gateway = Gateway(application, application.apis["Api"], self.functions.invoke, self.log)
        self.server = Server(0, self.gateway.handle)
        self.url = self.server.url

    def __enter__(self) -> Any:
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.functions.close()
