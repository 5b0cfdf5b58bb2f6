"""Unit tests cannot open sockets."""

import socket

import pytest


@pytest.mark.parametrize("address", [("127.0.0.1", 9), ("198.51.100.1", 443)])
def test_a_unit_test_cannot_connect(address: tuple[str, int]) -> None:
    with pytest.raises(pytest.fail.Exception, match="reached for the network"):
        socket.create_connection(address, timeout=0.1)


def test_a_unit_test_cannot_resolve_names() -> None:
    with pytest.raises(pytest.fail.Exception, match="reached for the network"):
        socket.getaddrinfo("example.com", 443)


def test_a_unit_test_cannot_listen() -> None:
    with socket.socket() as listener, pytest.raises(pytest.fail.Exception, match="reached for the network"):
        listener.bind(("127.0.0.1", 0))
