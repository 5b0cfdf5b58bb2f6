"""Reading the exported tables of the former services: a folder of CSV and JSON files, one for each table."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

# Each table that is imported, with the names that its file may have.
TABLES = {
    "achievements": ("achievements",),
    "profiles": ("profiles", "users"),
    "preferences": ("preferences", "user_preferences"),
    "awards": ("awards", "user_achievements"),
    "badges": ("badges", "user_badges"),
    "goals": ("goals", "learning_goals"),
    "requirements": ("requirements",),
    "resumes": ("resumes",),
    "processings": ("processings",),
}
# Tables that are not imported, with the reason.
_REFUSED = {
    "sessions": "a session ends with the tokens of the old service: users sign in again",
    "avatars": "put the https address of each picture into the column avatar_url of profiles",
    "search": "the search follows from the profiles",
    "statistics": "statistics follow from the awards",
}
_LONGEST_CELL = 1_000_000  # characters; Python's default would refuse a long text


class MigrationError(Exception):
    """The folder cannot be imported. Nothing was written."""


class Row(NamedTuple):
    """One row of a file. `number` counts the rows from 1, without the header; empty cells are left out."""

    file: str
    number: int
    cells: Mapping[str, object]


class Refusal(NamedTuple):
    """A value that no field takes, or without a column a whole row."""

    file: str
    row: int
    column: str | None
    reason: str


Tables = Mapping[str, list[Row]]


def read(folder: Path) -> Tables:
    """Return the rows of each table. Raises MigrationError for a file that is not readable or not imported."""
    try:
        files = sorted(each for each in folder.iterdir() if each.suffix.lower() in (".csv", ".json"))
    except OSError as error:
        raise MigrationError(f"{folder}: {error.strerror}") from None
    if not files:
        raise MigrationError(f"{folder} has no .csv or .json file")
    tables: dict[str, list[Row]] = {name: [] for name in TABLES}
    for file in files:
        tables[_table(file)] += _rows(file)
    return tables


def _table(file: Path) -> str:
    name = file.stem.lower()
    for table, names in TABLES.items():
        if name in names:
            return table
    for refused, reason in _REFUSED.items():
        if name in (refused, f"user_{refused}"):
            raise MigrationError(f"{file.name}: {reason}. Remove the file.")
    known = ", ".join(name for names in TABLES.values() for name in names)
    raise MigrationError(f"{file.name} is not the name of a table: {known}")


def _rows(file: Path) -> list[Row]:
    try:
        text = file.read_bytes().decode("utf-8-sig")  # line breaks in cells stay as they are
        records = _of_json(file.name, text) if file.suffix.lower() == ".json" else _of_csv(file.name, text)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, csv.Error, RecursionError) as error:
        raise MigrationError(f"{file.name}: {error}") from None
    return [
        Row(file.name, number, {name: value for name, value in record.items() if value not in (None, "")})
        for number, record in enumerate(records, 1)
    ]


def _of_json(name: str, text: str) -> Iterable[Mapping[str, object]]:
    found = json.loads(text)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise MigrationError(f"{name} must hold a list of objects")
    return found


def _of_csv(name: str, text: str) -> Iterable[Mapping[str, object]]:
    csv.field_size_limit(_LONGEST_CELL)
    header, *records = csv.reader(io.StringIO(text, newline=""), strict=True) or [[]]
    if len(set(header)) < len(header):
        raise MigrationError(f"{name} names a column twice")
    for number, cells in enumerate(records, 1):
        if cells and len(cells) != len(header):
            raise MigrationError(f"{name}: row {number} has {len(cells)} cells, and the header has {len(header)}")
    return [dict(zip(header, cells, strict=True)) for cells in records if cells]
