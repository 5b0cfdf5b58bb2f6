"""Sizes of populations, files and histories: what `make test` takes, and what `make soak` takes."""

import os

FULL = os.environ.get("SOAK") == "1"  # set by `make soak`


def sized(small: int, full: int) -> int:
    """Return `full` in `make soak`, else `small`."""
    return full if FULL else small
