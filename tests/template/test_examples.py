"""Each body, answer, problem and message of the contracts has an example, and it is valid."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from laurels.errors import Problem
from local.contract import asyncapi, openapi

DOCUMENT: dict[str, Any] = json.loads(openapi.DOCUMENT.read_bytes())
MESSAGES: dict[str, Any] = json.loads(asyncapi.DOCUMENT.read_bytes())
OPERATIONS = {
    operation["operationId"]: operation for methods in DOCUMENT["paths"].values() for operation in methods.values()
}
# Whole documents, which would only be longer with themselves in them.
WITHOUT = {"get_openapi", "get_docs", "get_app"}


def contents(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The media types of the operation's body and answers, apart from those that all operations share."""
    bodies = {"body": operation.get("requestBody", {})} | operation["responses"]
    for where, each in bodies.items():
        for media, content in each.get("content", {}).items():
            yield f"{where} {media}", content


def wrong(schema: dict[str, Any], value: Any, components: dict[str, Any]) -> list[str]:
    checker = Draft202012Validator.FORMAT_CHECKER
    validator = Draft202012Validator({**schema, "components": components}, format_checker=checker)
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)]


@pytest.mark.parametrize("name", sorted(OPERATIONS.keys() - WITHOUT))
def test_each_body_and_answer_has_an_example_that_is_valid(name: str) -> None:
    for where, content in contents(OPERATIONS[name]):
        assert "example" in content, (
            f"{name}, {where}, has no example: give events/*/{name}.json a body, or add a step to JOURNEY in "
            "tests/integration/contract/test_examples.py; then `make examples openapi`"
        )
        assert not wrong(content["schema"], content["example"], DOCUMENT["components"]), (name, where)


def test_each_problem_has_an_example_with_its_code() -> None:
    kinds: list[type[Problem]] = [Problem, *Problem.__subclasses__()]
    statuses = {kind.status: kind.code for kind in kinds}
    seen = set()
    for name, response in DOCUMENT["components"]["responses"].items():
        for media, content in response["content"].items():
            for example in content["examples"].values():
                value = example["value"]
                assert not wrong(content["schema"], value, DOCUMENT["components"]), (name, media)
                if media == "application/problem+json":
                    assert statuses[value["status"]] == value["code"]
                    assert f"`{value['code']}`" in response["description"], name
                    seen.add(value["code"])
    assert seen == set(statuses.values())


@pytest.mark.parametrize("name", sorted(MESSAGES["components"]["messages"]))
def test_each_message_has_an_example_that_is_valid(name: str) -> None:
    message = MESSAGES["components"]["messages"][name]
    assert message["examples"], f"{name} has no example: add a step to JOURNEY, then `make examples openapi`"
    for example in message["examples"]:
        assert not wrong(message["payload"], example["payload"], MESSAGES["components"])
