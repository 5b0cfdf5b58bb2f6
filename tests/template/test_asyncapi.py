"""events/asyncapi.json and the schemas of messages are fresh, valid, and agree with the template."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from laurels.events.models import TYPES
from local.contract import asyncapi, openapi
from tests.template import project

PARSER = Path(__file__).parents[1] / "asyncapi"
INSTALL = "npm ci --prefix tests/asyncapi"
DOCUMENT: dict[str, Any] = json.loads(asyncapi.DOCUMENT.read_bytes())
APP = project.application()


def test_the_committed_files_are_what_the_models_make() -> None:
    made = asyncapi.files()
    stale = [
        str(file) for file, content in made.items() if not file.exists() or json.loads(file.read_bytes()) != content
    ]
    assert not stale, f"run `make openapi`, and commit {stale}"
    left = {*asyncapi.SCHEMAS.glob("*.json")} - {*made, openapi.EXPORT}
    assert not left, f"delete {left}: no message has this schema"


@pytest.mark.parametrize("file", sorted(asyncapi.SCHEMAS.glob("*.json")), ids=lambda file: file.stem)
def test_a_schema_is_json_schema_2020_12_with_its_own_id(file: Path) -> None:
    schema = json.loads(file.read_bytes())
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"urn:laurels:schema:{file.stem}"


@pytest.mark.slow
@pytest.mark.skipif(
    not (PARSER / "node_modules/@asyncapi").is_dir() or not shutil.which("node"),
    reason=f"AsyncAPI's parser is not installed: {INSTALL}",
)
def test_the_official_parser_finds_no_mistake() -> None:
    with asyncapi.DOCUMENT.open("rb") as document:
        done = subprocess.run(["node", str(PARSER / "check.js")], stdin=document, capture_output=True, check=True)
    found = json.loads(done.stdout)
    assert [each for each in found if each["path"] != ["asyncapi"]] == []  # it recommends version 3.1


def test_channels_are_the_template_s_queues_and_its_bus() -> None:
    queues = {each["address"] for each in DOCUMENT["channels"].values() if {"$ref": "#/servers/sqs"} in each["servers"]}
    assert queues <= APP.queues.keys()
    (bus,) = APP.buses.values()
    assert DOCUMENT["channels"]["bus"]["address"] == bus.id == "laurels"


def test_operations_are_functions_with_their_queues_and_permissions() -> None:
    files = {file.name: file for file in project.function_files()}
    for name, operation in DOCUMENT["operations"].items():
        function = project.function_of(files[name])
        channel = DOCUMENT["channels"][operation["channel"]["$ref"].rpartition("/")[2]]
        if operation["action"] == "receive":
            sources = [each.source_arn for each in APP.consumers.values() if each.function == files[name].resource]
            assert sources == [APP.queues[channel["address"]].arn]
        elif channel["address"] in APP.queues:
            queue = APP.queues[channel["address"]]
            assert queue.url in function.environment.values()
            sends = [each["Resource"] for each in function.statements if "sqs:SendMessage" in each["Action"]]
            assert any(queue.arn in each for each in sends)
        else:
            assert any("events:PutEvents" in statement["Action"] for statement in function.statements)


def test_each_type_of_event_is_sent_by_one_operation() -> None:
    sent = [
        message["$ref"].rpartition("/")[2]
        for operation in DOCUMENT["operations"].values()
        for message in operation["messages"]
        if operation["action"] == "send" and operation["channel"]["$ref"] == "#/channels/bus"
    ]
    assert sorted(sent) == sorted(TYPES)
