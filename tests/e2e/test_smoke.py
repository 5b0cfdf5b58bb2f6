"""The smoke test that follows each deployment passes against a stack that works, and fails against any other."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from local.cli.arguments import main
from tests.e2e.conftest import Service

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("suffix", ["", "/", "/v1"])
def test_a_stack_that_works_passes(stack: Service, suffix: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["smoke", stack.url + suffix, "--token", stack.token("smoke-test")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) >= 9
    assert all(line.endswith("  ok") for line in lines)


def test_it_leaves_nothing_behind(stack: Service) -> None:
    token = stack.token("smoke-leaves-nothing")
    assert main(["smoke", stack.url, "--token", token]) == 0
    assert stack.call("GET", "/users/me/goals", token).json()["items"] == []


def test_without_a_token_only_public_calls_are_made(stack: Service, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["smoke", stack.url]) == 0
    assert "without --token" in capsys.readouterr().out


def test_a_token_that_is_refused_fails(stack: Service, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["smoke", stack.url, "--token", stack.token("late", ttl=-1000)]) == 1
    assert "GET /users/me answers 403 and not 200" in capsys.readouterr().out


@pytest.fixture
def another_service() -> Iterator[str]:
    """A server that answers everything with 200 and the same JSON."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"paths": {}}')

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_another_service_fails(another_service: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["smoke", another_service]) == 1
    failed = [line for line in capsys.readouterr().out.splitlines() if "FAILED" in line]
    assert len(failed) == 4  # health, contract, and the two calls that must be refused


def test_nobody_at_the_address_fails(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:  # bound and not listening, so that nobody else listens there
        taken.bind(("127.0.0.1", 0))
        assert main(["smoke", f"http://127.0.0.1:{taken.getsockname()[1]}"]) == 1
    assert "no response" in capsys.readouterr().out
