"""Invalid requests, which are bugs in the product, with any client."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from laurels.errors import Problem


@contextmanager
def mistake(words: str) -> Iterator[None]:
    """Assert that DynamoDB's own error is raised: not one that an API client sees or a consumer retries."""
    with pytest.raises(Exception, match=words) as failure:
        yield
    assert not isinstance(failure.value, Problem)
