"""The runbook's way back to an older table: restore it, point the stack at it, verify."""

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.cli.arguments import main
from local.data.emulator import Emulator
from local.stack import Stack
from tests.e2e.conftest import ENVIRONMENT, LIMIT, TEMPLATE, Service

pytestmark = pytest.mark.e2e


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    """A data plane that outlives the stacks on it, as AWS does."""
    running = Emulator(tmp_path / "emulator.log", "eu-central-1")
    running.wait_until_ready()
    yield running
    running.close()


def serving(emulator: Emulator, log: Path, **parameters: str) -> Stack:
    return Stack(
        TEMPLATE,
        0,
        parameters=parameters,
        environment=ENVIRONMENT,
        function_timeout=LIMIT,
        log_path=log,
        endpoint_url=emulator.url,
    )


def test_a_restored_table_takes_the_place_of_a_damaged_one(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("TABLE_NAME", "TOMBSTONE_SECRET", "AWS_ENDPOINT_URL", "AWS_REGION"):
        monkeypatch.setenv(name, "")  # so that what the command sets is taken back
    with closing(serving(emulator, tmp_path / "before.log")) as stack, closing(Service(stack)) as service:
        for user in ("ada", "boris"):
            goal = {"title": "Read", "target": {"metric": "tests_passed", "value": 5}}
            assert service.call("POST", "/users/me/goals", service.token(user), goal).status == 201
        award = {"code": "first", "title": "First", "points": 30}
        assert service.call("POST", "/users/ada/achievements", service.service(), award).status == 201
        dynamodb, table = stack.clients("dynamodb"), stack.application.tables["Table"].id
        backup = dynamodb.create_backup(TableName=table, BackupName="nightly")["BackupDetails"]["BackupArn"]
        # After the backup, one user is erased, and the data of the other one is damaged.
        assert service.call("DELETE", "/users/boris", service.admin()).status == 202
        service.drain()  # a stack that is closed meanwhile hides a message for minutes
        assert service.call("DELETE", "/users/ada/achievements/first", service.service()).status == 204
        options = ["restored", "--backup", backup, "--url", stack.url]
        assert main(["restore", *options]) == 0
        printed = capsys.readouterr().out.splitlines()
        assert printed[2:] == ["erase again: boris"]
        assert main(["restore", *options]) == 0, "it goes on where it failed"
        capsys.readouterr()
        later = dynamodb.create_backup(TableName=table, BackupName="later")["BackupDetails"]["BackupArn"]
        for name, other in (("restored", ["--backup", later]), (table, ["--backup", backup])):
            assert main(["restore", name, *other, "--url", stack.url]) == 1
            assert f"another table named {name}" in capsys.readouterr().err, "it might hold another moment"

    parameters = dict(line.split("=", 1) for line in printed[:2])
    with closing(serving(emulator, tmp_path / "after.log", **parameters)) as stack, closing(Service(stack)) as service:
        assert {each.environment.get("TABLE_NAME") for each in stack.application.functions.values()} == {
            "restored",
            None,
        }
        assert service.call("DELETE", "/users/boris", service.admin()).status == 202
        service.drain()
        found = service.call("GET", "/users/ada/achievements", service.token("ada")).json()["items"]
        assert [(each["code"], each["points"]) for each in found] == [("first", 30)]
        assert len(service.call("GET", "/users/me/goals", service.token("ada")).json()["items"]) == 1
        assert service.call("GET", "/users/boris", service.admin()).status == 404
        # The stack works on it: a write is counted, and its change reaches the bus through the table's own stream.
        update = {"event_id": "e-1", "user_id": "ada", "source": "tests", "occurred_at": datetime.now(UTC).isoformat()}
        service.send([update | {"increments": {"tests_passed": 5}}])
        service.drain()
        completed = service.call("GET", "/users/me/goals?status=completed", service.token("ada")).json()["items"]
        assert len(completed) == 1
        kinds, deadline = set[str](), time.monotonic() + LIMIT
        while "laurels.goal.completed.v1" not in kinds:
            assert time.monotonic() < deadline, kinds
            kinds = {event["type"] for event in stack.events()[0] if event["subject"] == "ada"}
            time.sleep(0.05)
        table = stack.application.tables["Table"].id
        key = {"PK": {"S": "USER#ada"}, "SK": {"S": "AWARD#first"}}
        kept = stack.clients("dynamodb").get_item(TableName=table, Key=key)
        assert "Item" not in kept, "the table before is kept as it was"
