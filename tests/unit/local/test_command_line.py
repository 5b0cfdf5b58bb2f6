"""The commands and options of the command line, and its error messages."""

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import jwt
import pytest

from local.cli import arguments
from local.tokens import JWT_SECRET
from tests.commands import shell

from .conftest import TOY

COMMANDS = ["serve", "gateway", "data", "token", "send", "tick", "replay", "queues", "drain"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_has_help(command: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments.main([command, "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    choices = (getattr(action, "choices", None) for action in arguments._parser()._actions)
    parser = next(found for found in choices if isinstance(found, dict))[command]
    for action in parser._actions:
        assert action.help, f"{command} {action.dest} has no help"
    assert parser.description in " ".join(shown.split())


def test_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments.main(["--help"])
    shown = capsys.readouterr().out
    assert [command for command in COMMANDS if f"\n    {command} " not in shown] == []


def test_token_prints_only_the_token(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--user", "auth0|7", "--role", "admin", "--scope", "stats:write awards:write", "--sid", "s1"]
    assert arguments.main(["token", *options, "--ttl", "60"]) == 0
    printed = capsys.readouterr()
    claims = jwt.decode(printed.out.removesuffix("\n"), JWT_SECRET, algorithms=["HS256"])
    assert printed.err == ""
    assert claims["exp"] - claims["iat"] == 60
    assert {name: claims[name] for name in ("sub", "roles", "scope", "sid")} == {
        "sub": "auth0|7",
        "roles": ["admin"],
        "scope": "stats:write awards:write",
        "sid": "s1",
    }


def test_token_signs_with_the_secret_of_a_deployed_stack(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JWT_SECRET", secret := "the secret that the stack has made, of 64 characters" * 2)
    assert (
        arguments.main(["token", "--user", "operator", "--issuer", "https://id.example.org", "--audience", "web"]) == 0
    )
    claims = jwt.decode(
        capsys.readouterr().out.strip(), secret, ["HS256"], issuer="https://id.example.org", audience="web"
    )
    assert claims["sub"] == "operator"


def test_token_can_mint_an_expired_token(capsys: pytest.CaptureFixture[str]) -> None:
    arguments.main(["token", "--user", "a", "--ttl", "-10"])
    with pytest.raises(jwt.ExpiredSignatureError):
        jwt.decode(capsys.readouterr().out.strip(), JWT_SECRET, algorithms=["HS256"])


@pytest.mark.parametrize("command", [["serve", "--no-demo"], ["gateway", "--template", str(TOY)]])
def test_a_port_in_use_is_reported_in_one_line(command: list[Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = [sys.executable, "-m", "local", *command, "--port", port]
        done = subprocess.run(line, env=shell(), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    said = f"{command[0]}: port {port} is in use: choose another, with --port or PORT=… make run"
    assert done.stderr.splitlines()[-1] == said
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [["send", "-"], ["tick"], ["queues"], ["drain"]])
def test_a_command_without_a_running_stack_fails_with_a_one_line_message(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    assert arguments.main([*command, "--url", url]) == 1
    assert capsys.readouterr().err == f"{command[0]}: no stack runs at {url}: start one with `make run`\n"


@pytest.mark.parametrize(
    "given",
    [
        ["serve", "--port", "abc"],
        ["serve", "--port", "70000"],
        ["serve", "--endpoint-url", "localhost"],
        ["queues", "--url", "http://127.0.0.1:abc"],
        ["gateway", "--port", "1"],
        ["replay"],
        ["fly"],
        [],
    ],
)
def test_invalid_arguments_are_refused(given: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments.main(given)
    assert ended.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_an_invalid_template_is_reported_in_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text("a: 1")
    assert arguments.main(["gateway", "--template", str(path), "--port", "0"]) == 1
    assert capsys.readouterr().err == f"gateway: {path} is not a SAM template: it has no Resources\n"


def test_a_correction_without_a_redrive_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments.main(["queues", "--edit", "file"])
    assert ended.value.code == 2
    assert "--edit needs --redrive NAME" in capsys.readouterr().err
