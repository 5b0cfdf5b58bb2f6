"""Servers for the tests of what passes on the wire."""

import ssl
from collections.abc import Callable, Iterator

import pytest

from laurels.aws import client, connections
from tests.unit.aws.server import PATIENCE, Server


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine our own servers may be slower than AWS is."""
    monkeypatch.setattr(connections, "CONNECT_SECONDS", PATIENCE)
    monkeypatch.setattr(client, "READ_SECONDS", PATIENCE)


@pytest.fixture
def opened() -> Iterator[Callable[..., Server]]:
    """Makes servers, and closes them."""
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
