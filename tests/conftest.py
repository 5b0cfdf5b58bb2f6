"""Setup for all tests: no network, no AWS account, and a warning when DynamoDB Local is missing."""

import sys
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import reset_tzpath

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

from tests.dynamodb_local import server

# Use the time zones of the pinned tzdata, as the functions do: the machine may have others, or none.
reset_tzpath(to=())

# A slow machine must not fail property tests: they have no deadline, neither to make an example nor to run it. Fixtures
# are made once per test, not once per example: a test whose examples share a table uses another user in each.
UNTIMED = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
settings.register_profile("untimed", parent=settings.default, deadline=None, suppress_health_check=UNTIMED)
settings.load_profile("untimed")

UNIT, E2E = (Path(__file__).parent / level for level in ("unit", "e2e"))
# Only these unit tests may open sockets: they test HTTP against a server that the test starts.
LOOPBACK_UNITS = (UNIT / "authorizer", UNIT / "aws", UNIT / "local")
NAME_LOOKUPS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
CONNECTIONS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
WATCHED = {*CONNECTIONS, *NAME_LOOKUPS, "socket.bind"}

_sockets_allowed = True
_others: set[int | None] = set()  # threads that started before the current test, such as servers


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    """Fail the test that connects to a forbidden host. As an audit hook, this sees every socket of the process.

    pytest.fail raises a BaseException, so that no `except Exception` of the tested code hides it.
    """
    if event not in WATCHED:  # most events of a process have nothing to do with sockets
        return
    allowed = _sockets_allowed or threading.get_ident() in _others
    if event in CONNECTIONS:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # else a Unix or a connected socket
    elif event in NAME_LOOKUPS:
        host = arguments[0]
    elif event == "socket.bind" and not allowed and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host and not (allowed and _is_loopback(host)):
        pytest.fail(f"A test reached for the network: {event} {host}")


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


sys.addaudithook(_guard)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    global _sockets_allowed, _others
    path = item.path
    _others = {thread.ident for thread in threading.enumerate() if thread is not threading.current_thread()}
    _sockets_allowed = not path.is_relative_to(UNIT) or _is_loopback_unit(path)
    try:
        return (yield)
    finally:
        _sockets_allowed = True


@cache  # of the few files, not of their thousands of tests
def _is_loopback_unit(path: Path) -> bool:
    return any(path.is_relative_to(room) for room in LOOPBACK_UNITS)


@pytest.fixture(scope="session", autouse=True)
def _no_aws_account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Hide the developer's own credentials, profile and region from the tests."""
    nothing = str(tmp_path_factory.mktemp("aws") / "none")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
            patch.delenv(name, raising=False)
        patch.setenv("AWS_CONFIG_FILE", nothing)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", nothing)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_REGION", "eu-central-1")
        patch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the tests of a file for one worker, and those of the shared application, which takes a minute to start.
    Mark slow tests, which `make test-fast` skips."""
    for item in items:
        shared = item.path.is_relative_to(E2E) and "stack" in getattr(item, "fixturenames", ())
        item.add_marker(pytest.mark.xdist_group("stack" if shared else str(item.path)))
        if _is_loopback_unit(item.path) or (isinstance(item, pytest.Function) and is_hypothesis_test(item.obj)):
            item.add_marker(pytest.mark.slow)


def pytest_report_header() -> str:
    if server.installed():
        return "DynamoDB Local: installed"
    return f"DynamoDB Local is not installed: table expressions are checked by moto only ({server.INSTALL})"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not server.installed():
        terminalreporter.section("DynamoDB Local is not installed", sep="!", red=True, bold=True)
        terminalreporter.line(f"Table expressions were checked by moto only ({server.INSTALL}).")
