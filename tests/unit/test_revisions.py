"""`If-Match` and JSON Merge Patch."""

import json
from typing import Any

import pytest

from laurels.errors import Stale
from laurels.revisions import is_unchanged, merge_patch, require_match


@pytest.mark.parametrize(("expected", "found"), [(None, 0), (None, 7), (0, 0), (7, 7)])
def test_a_revision_matches_itself_and_a_request_without_if_match(expected: int | None, found: int) -> None:
    require_match(expected, found)
    assert not is_unchanged(expected, found, same=False)


@pytest.mark.parametrize("found", [0, 6, 8])
def test_another_revision_is_stale(found: int) -> None:
    with pytest.raises(Stale):
        require_match(7, found)
    with pytest.raises(Stale):
        is_unchanged(7, found, same=False)


def test_the_next_revision_with_the_wanted_content_is_a_retry_of_the_same_change() -> None:
    assert is_unchanged(7, 8, same=True)


@pytest.mark.parametrize("found", [6, 9])
def test_the_wanted_content_at_any_other_revision_is_stale(found: int) -> None:
    with pytest.raises(Stale):
        is_unchanged(7, found, same=True)


@pytest.mark.parametrize("expected", [None, 7])
def test_the_same_content_is_not_written_again(expected: int | None) -> None:
    assert is_unchanged(expected, 7, same=True)


# RFC 7396, appendix A: the document, the patch, the result.
RFC_7396: list[tuple[Any, Any, Any]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("target", "patch", "result"), RFC_7396)
def test_a_patch_is_merged_as_the_rfc_says(target: Any, patch: Any, result: Any) -> None:
    before = json.dumps(target)
    assert merge_patch(target, patch) == result
    assert json.dumps(target) == before
