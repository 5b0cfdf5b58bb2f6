"""Integration tests open connections to this machine only."""

import socket

import pytest


def test_another_machine_is_out_of_reach() -> None:
    with socket.socket() as client, pytest.raises(pytest.fail.Exception, match="reached for the network"):
        client.connect(("198.51.100.1", 443))


def test_a_name_of_another_machine_is_not_looked_up() -> None:
    with pytest.raises(pytest.fail.Exception, match="reached for the network"):
        socket.getaddrinfo("dynamodb.eu-central-1.amazonaws.com", 443)
