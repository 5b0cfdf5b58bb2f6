"""Run the project's commands as a user does."""

import os


def shell() -> dict[str, str]:
    """Return the environment of a user's shell: without PYTHONPATH, which `make` sets for the tests."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
