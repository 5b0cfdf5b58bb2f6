"""The smoke test that follows each deployment passes against a stack that works, and fails against any other."""

import pytest

from local.cli.arguments import main
from tests.e2e.conftest import Service
from tests.servers import answering, nobody

pytestmark = [pytest.mark.e2e, pytest.mark.deployed]


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


def test_another_service_fails(capsys: pytest.CaptureFixture[str]) -> None:
    with answering(200, b'{"paths": {}}') as url:
        assert main(["smoke", url]) == 1
    failed = [line for line in capsys.readouterr().out.splitlines() if "FAILED" in line]
    assert len(failed) == 4  # health, contract, and the two calls that must be refused


def test_nobody_at_the_address_fails(capsys: pytest.CaptureFixture[str]) -> None:
    with nobody() as url:
        assert main(["smoke", url]) == 1
    assert "no response" in capsys.readouterr().out
