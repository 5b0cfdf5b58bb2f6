"""Sentences for what the models do not describe themselves: sentences/fields.yaml and sentences/models.yaml."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "sentences"
FIELDS, MODELS = "fields", "models"


@cache
def known(kind: str) -> dict[str, str]:
    """Return the sentences about fields or models, by name."""
    found: dict[str, str] = yaml.safe_load((FOLDER / f"{kind}.yaml").read_text(encoding="utf-8"))
    return found


def about_field(model: type, field: str) -> str:
    """Return the sentence about a field of a model: its own, that of a base, or that of all fields of this name."""
    names = [f"{name_of(each)}.{field}" for each in model.__mro__]
    return next((known(FIELDS)[name] for name in [*names, field] if name in known(FIELDS)), "")


def about_model(model: type) -> str:
    return next((known(MODELS)[name] for each in model.__mro__ if (name := name_of(each)) in known(MODELS)), "")


def name_of(model: type) -> str:
    """Return the name without type arguments: `Listing` of `Listing[Award]`."""
    return model.__name__.partition("[")[0]


def describe(made: dict[str, Any], name: str) -> None:
    """Add the missing sentences to the schema with this name: those of what is written as JSON Schema in a model."""
    if not made.get("description") and name in known(MODELS):
        made["description"] = known(MODELS)[name]
    for field, schema in _fields(made):
        if not schema.get("description") and (found := known(FIELDS).get(f"{name}.{field}", known(FIELDS).get(field))):
            schema["description"] = found


def _fields(node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict):
            yield from node["properties"].items()
        for each in node.values():
            yield from _fields(each)
    elif isinstance(node, list):
        for each in node:
            yield from _fields(each)
