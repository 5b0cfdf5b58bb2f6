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


def already_done(expected: int | None, found: int, *, same: bool) -> bool:
    """Return whether a change was made already, by the rule of `If-Match`. `same`: the content is what the client
    wants.

    True if the change was made right after the expected revision: by this very request, whose response was lost. RFC
    9110 (section 13.1.1) permits the first response again. False if the change is still to be made. Raises Stale if
    something else was changed since.
    """
    if same and expected is not None and found == expected + 1:
        return True
    require_match(expected, found)
    return False


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
