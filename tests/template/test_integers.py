"""All inputs read whole numbers as JSON Schema 2020-12 defines them, through one type."""

import importlib
from collections.abc import Iterator
from typing import Annotated, Any, get_args

import pytest
from pydantic import Field, TypeAdapter

from laurels.fields import Input, Integer, Number
from local.contract.schemas import Generator
from tests.template import project

JSON_INTEGER, QUERY_INTEGER = get_args(Integer)[1], get_args(Number)[1]


def inputs() -> list[type[Input]]:
    """All models of inputs."""
    for name in project.modules():
        if name.startswith("laurels."):
            importlib.import_module(name)
    waiting: list[type[Input]] = [Input]
    found: list[type[Input]] = []
    while waiting:
        found += (subclasses := waiting.pop().__subclasses__())
        waiting += subclasses
    return sorted({each for each in found if each.__module__.startswith("laurels.")}, key=str)


def bare_integers(kind: Any, metadata: tuple[Any, ...] = ()) -> Iterator[Any]:
    """Each `int` inside a type that is neither Integer nor Number."""
    if kind is int:
        if not {JSON_INTEGER, QUERY_INTEGER} & {each for each in metadata if each.__hash__}:
            yield kind
    elif hasattr(kind, "__metadata__"):
        yield from bare_integers(kind.__origin__, (*kind.__metadata__, *metadata))
    else:
        for part in get_args(kind):
            yield from bare_integers(part)


@pytest.mark.parametrize("model", inputs(), ids=lambda model: model.__name__)
def test_integers_of_inputs_are_integers_of_fields(model: type[Input]) -> None:
    bare = [
        name for name, field in model.model_fields.items() if [*bare_integers(field.annotation, tuple(field.metadata))]
    ]
    assert not bare, (
        f"{model.__module__}.{model.__name__}: declare {bare} as laurels.fields.Integer (JSON) or Number (query), "
        "otherwise 1.0 and 1e1 are refused"
    )


def test_limits_of_integers_are_published() -> None:
    """For a limit after a validator, pydantic writes `ge`, which JSON Schema ignores."""
    schema = TypeAdapter(Annotated[Integer, Field(ge=1, lt=10)]).json_schema(schema_generator=Generator)
    assert schema == {"type": "integer", "minimum": 1, "exclusiveMaximum": 10}


def test_the_rule_sees_the_models_with_integers() -> None:
    assert {"AchievementDraft", "AvatarDraft", "FreezesDraft", "StatUpdate", "PageQuery"} <= {
        each.__name__ for each in inputs()
    }
    assert [*bare_integers(dict[str, int | None])] == [int]
