"""Everything that the contracts name has a sentence about it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.contract import asyncapi, openapi, sentences

DOCUMENTS = [openapi.DOCUMENT, asyncapi.DOCUMENT, *sorted(asyncapi.SCHEMAS.glob("*.json"))]
WHERE = "local/contract/sentences"


def named(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Whatever has a name in a document: models, fields, parameters, responses, tags, by path. Not conditions: `anyOf`
    repeats fields."""
    if isinstance(node, dict) and not (path.rpartition("/")[0].endswith("/anyOf") and "required" in node):
        for kind in ("properties", "$defs", "schemas", "responses", "channels", "messages"):
            named_ones = node.get(kind)
            if isinstance(named_ones, dict):
                yield from ((f"{path}/{kind}/{name}", each) for name, each in named_ones.items())
        for kind in ("parameters", "tags"):
            listed = node.get(kind, [])
            yield from ((f"{path}/{kind}/{each['name']}", each) for each in listed if isinstance(each, dict))
    for name, each in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from named(each, f"{path}/{name}")


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_whatever_has_a_name_has_a_sentence(file: Path) -> None:
    found = dict(named(json.loads(file.read_bytes())))
    said = {path for path, each in found.items() if each.keys() & {"description", "$ref", "title"}}
    assert found
    silent = sorted(found.keys() - said)
    assert not silent, f"describe these in their model or in {WHERE}: {silent}"


def test_every_sentence_is_one() -> None:
    for kind in (sentences.FIELDS, sentences.MODELS):
        odd = [name for name, text in sentences.known(kind).items() if not (text[0].isupper() or text[0] == "`")]
        odd += [name for name, text in sentences.known(kind).items() if not text.endswith(".")]
        assert not odd, f"{WHERE}/{kind}.yaml: begin with a capital and end with a full stop: {odd}"


def test_no_sentence_is_left_over() -> None:
    said = [each.get("description") for file in DOCUMENTS for each in descriptions(json.loads(file.read_bytes()))]
    texts = {text for text in said if isinstance(text, str)}
    for kind in (sentences.FIELDS, sentences.MODELS):
        unused = [name for name, text in sentences.known(kind).items() if text not in texts]
        assert not unused, f"{WHERE}/{kind}.yaml: no document has the sentences of {unused}, so delete them"


def descriptions(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from descriptions(each)
