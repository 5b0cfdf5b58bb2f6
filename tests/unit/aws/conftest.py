"""Servers for the tests of connections."""

import ssl
from collections.abc import Callable, Iterator

import pytest

from laurels import settings
from tests.unit.aws.server import TIMEOUT, Server


@pytest.fixture(autouse=True)
def _long_time_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine the servers of the tests may be slower than AWS."""
    for name in settings.TIME_LIMITS:
        monkeypatch.setenv(name, str(TIMEOUT))


@pytest.fixture
def opened() -> Iterator[Callable[..., Server]]:
    """Returns a function that starts servers; closes them at the end."""
    servers: list[Server] = []

    def make(host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Server:
        servers.append(Server(host, tls))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


@pytest.fixture
def server(opened: Callable[..., Server]) -> Server:
    return opened()
