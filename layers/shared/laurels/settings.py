"""Settings come from the environment and are read when used, so that tests and warm functions see changes."""

import os

from laurels.errors import Misconfigured


def text(name: str, default: str | None = None) -> str:
    """The setting as text; without a default an absent or empty one raises Misconfigured."""
    value = os.environ.get(name, "") or default
    if value is None:
        raise Misconfigured(f"The environment variable {name} is not set.")
    return value


def number(name: str, default: int) -> int:
    """The setting as a whole number."""
    value = os.environ.get(name, "")
    try:
        return int(value) if value else default
    except ValueError as error:
        raise Misconfigured(f"The environment variable {name} is not a whole number: {value!r}.") from error
