"""Mistakes of ours, whatever client stands behind the door."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from laurels.errors import Problem


@contextmanager
def mistake(words: str) -> Iterator[None]:
    """DynamoDB's own error comes out, and none that a client of the API would see or a consumer would try again."""
    with pytest.raises(Exception, match=words) as failure:
        yield
    assert not isinstance(failure.value, Problem)
