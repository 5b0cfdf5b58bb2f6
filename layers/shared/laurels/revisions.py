"""Content with a revision: what services return, `If-Match` compares, and merge patches change.

An item's revision grows by one with each write. `http` makes an ETag of it, and a status of `Made`.
"""

from collections.abc import Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from laurels.errors import Stale

Content = TypeVar("Content", covariant=True)


class Revised(NamedTuple, Generic[Content]):
    """Content with its revision. The ETag consists of both, and `If-Match` names it."""

    content: Content
    revision: int


class Made(NamedTuple, Generic[Content]):
    """The result of a request that may find its work done: `http` responds with the route's status if `is_new`, else
    with 200. The content may be `Revised`."""

    content: Content
    is_new: bool


def require_match(expected: int | None, found: int) -> None:
    """Raise Stale if the client expects another revision than the stored one. None: no `If-Match`."""
    if expected not in (None, found):
        raise Stale("The document has changed since you read it. Read it again and repeat your change.")


def is_unchanged(expected: int | None, found: int, *, same: bool) -> bool:
    """Return `same`: whether the content is what the client wants, so that nothing is to be written.

    Raises Stale if the client expects another revision than the stored one. But if the next one has the wanted content,
    this very request has made it, and its response was lost: RFC 9110 (section 13.1.1) permits the response again.
    """
    if not (same and expected is not None and found == expected + 1):
        require_match(expected, found)
    return same


def merge_patch(target: Any, patch: Any) -> Any:
    """Return the target with a JSON Merge Patch applied (RFC 7396, section 2). Changes neither of them."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged
