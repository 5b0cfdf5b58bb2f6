"""The table of all problems in events/README.md, and an example of each, from laurels.errors."""

import inspect
import json
from pathlib import Path
from typing import Any

from laurels import responses
from laurels.errors import Invalid, Problem

README = Path(__file__).parents[2] / "events/README.md"
BEGIN, END = "<!-- problems: written by `make openapi` -->\n", "<!-- end of problems -->\n"
REQUEST_ID = "mnOOi5T0RMaA66g="


def kinds() -> list[type[Problem]]:
    """Return the kinds of problems, by status."""
    return sorted([Problem, *Problem.__subclasses__()], key=lambda kind: kind.status)


def readme() -> str:
    """Return events/README.md with the table of problems as it is now."""
    before, begin, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    rows = [f"| {kind.status} | `{kind.code}` | {_when(kind)} |" for kind in kinds()]
    table = "\n".join(["| status | `code` | when |", "|---:|---|---|", *rows])
    return f"{before}{begin}\n{table}\n\n{end}{after}"


def example(kind: type[Problem]) -> dict[str, Any]:
    """Return the body of such a problem as endpoints send it."""
    error = Invalid.field("points", "Field required", "missing") if kind is Invalid else kind()
    found: dict[str, Any] = json.loads(responses.problem(error, REQUEST_ID)["body"])
    return found


def _when(kind: type[Problem]) -> str:
    first, _, _ = inspect.cleandoc(kind.__doc__ or "").partition("\n\n")
    text = " ".join(first.split()).rstrip(".")
    return text[:1].lower() + text[1:]
