"""The schemas of the AI service's two queues accept the same messages as the models."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from laurels.documents.models import ModelAnswer, ProcessingRequest, ProcessingResult
from laurels.errors import Malformed
from local.contract.asyncapi import SCHEMAS

REQUEST, RESULT = (
    Draft202012Validator(json.loads((SCHEMAS / f"{name}.json").read_bytes()))
    for name in ("processing_request", "processing_result")
)
ID = "0" * 32
DONE: dict[str, Any] = {
    "processing_id": ID,
    "success": True,
    **{"score": 82, "matches": ["Python"], "recommendation": "Invite her.", "verdict": "good match"},
}
ODD: list[Any] = [
    None,
    True,
    "",
    "82",
    0,
    -1,
    0.5,
    -0.5,
    100,
    100.4,
    101,
    1e1,
    86400,
    86401,
    10**400,
    [],
    [None],
    ["x"],
    [[]],
    {},
]


def accepts(body: str) -> bool:
    """True if the consumer would not park this body."""
    try:
        ProcessingResult.from_json(body)
    except (ValidationError, Malformed):
        return False
    return True


@pytest.mark.parametrize("name", ProcessingResult.model_fields)
@pytest.mark.parametrize("value", ODD, ids=lambda value: repr(value)[:9])
def test_the_schema_of_results_and_the_model_agree_on_odd_values(name: str, value: Any) -> None:
    message = DONE | {name: value}
    assert RESULT.is_valid(message) == accepts(json.dumps(message))


@pytest.mark.parametrize("name", DONE)
def test_the_schema_of_results_and_the_model_agree_on_missing_fields(name: str) -> None:
    message = {key: value for key, value in DONE.items() if key != name}
    assert RESULT.is_valid(message) == accepts(json.dumps(message)) == (name not in ("processing_id", "success"))


@pytest.mark.parametrize("message", [DONE | {"model": "m"}, DONE | {"processing_id": "x" * 129}, [DONE], "x", 5, None])
def test_the_schema_of_results_and_the_model_agree_on_odd_messages(message: Any) -> None:
    assert RESULT.is_valid(message) == accepts(json.dumps(message))


def test_each_example_is_valid() -> None:
    assert all(accepts(json.dumps(example)) and RESULT.is_valid(example) for example in RESULT.schema["examples"])
    (example,) = REQUEST.schema["examples"]
    assert ProcessingRequest.model_validate(example).model_dump() == example


def test_a_request_fits_its_schema() -> None:
    request = dict.fromkeys(ProcessingRequest.model_fields, "x")
    REQUEST.validate(json.loads(ProcessingRequest.model_validate(request).model_dump_json()))
    assert REQUEST.schema["required"] == list(ProcessingRequest.model_fields)


def test_what_a_model_may_answer_is_a_result() -> None:
    answer = ModelAnswer(score=81.6, matches=["x"], recommendation="", verdict="")
    result = ProcessingResult(processing_id=ID, success=True, **answer.model_dump())
    assert RESULT.is_valid(json.loads(result.model_dump_json()))
    assert (result.score, type(result.score)) == (82, int)
