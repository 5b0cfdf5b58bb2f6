"""Columns of the former tables: the field that each one becomes, and how its values are read. Pure functions."""

import json
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError

from laurels import clock
from laurels.errors import Malformed
from laurels.fields import Input, field_errors
from local.migration.reading import Refusal, Row

Fields = dict[str, Any]
Model = TypeVar("Model", bound=Input)


class Column(NamedTuple):
    """The field that a column becomes. `read` returns its value as in JSON, or raises ValueError with the reason."""

    field: str
    read: Callable[[object], object]


def text(value: object) -> str:
    """Return a text or a whole number, such as an id, as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ValueError("must be a text")


def whole(value: object) -> int:
    if isinstance(value, str) and value.removeprefix("-").isascii() and value.removeprefix("-").isdecimal():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise ValueError("must be a whole number")


def number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("must be a number")
    try:
        return float(value)
    except ValueError:
        raise ValueError("must be a number") from None


def flag(value: object) -> bool:
    """Read a boolean as JSON and PostgreSQL write it."""
    spelled = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
    known = spelled.get(str(value).lower())
    if known is None:
        raise ValueError("must be true or false")
    return known


def time(value: object) -> str:
    """Return a time as RFC 3339 in UTC, to the millisecond. A time without a zone is UTC, as the services wrote it."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) and len(value) > len("2026-11-20") else None
        if moment is None:
            raise ValueError
        return clock.iso(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise ValueError("must be a time such as 2026-11-20T18:22:05Z") from None


def day(value: object) -> str:
    """Return a date, or the date of a time as it was written, as RFC 3339."""
    try:
        return date.fromisoformat(value[:10] if isinstance(value, str) else "").isoformat()
    except ValueError:
        raise ValueError("must be a date such as 2026-11-20") from None


def whole_json(value: object) -> object:
    """Return a list or an object, which a CSV file holds as JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (json.JSONDecodeError, RecursionError):
        raise ValueError("must be JSON") from None


def take(row: Row, columns: Mapping[str, Column], unmapped: Mapping[str, str]) -> tuple[Fields, list[Refusal]]:
    """Return the fields of a row, and the values that no field takes. `unmapped` has the reasons for known columns."""
    fields: Fields = {}
    refused = []
    for name, value in row.cells.items():
        try:
            if name not in columns:
                raise ValueError(unmapped.get(name, "no field takes this column"))
            column = columns[name]
            if column.field in fields:
                raise ValueError(f"another column has given {column.field} already")
            fields[column.field] = column.read(value)
        except ValueError as reason:
            refused.append(Refusal(row.file, row.number, name, str(reason)))
    return fields, refused


def missing(row: Row, *names: str) -> Refusal:
    return Refusal(row.file, row.number, None, f"has no good {' and no good '.join(names)}")


def build(model: type[Model], fields: Fields, row: Row, needed: Collection[str]) -> tuple[Model | None, list[Refusal]]:
    """Return the model of the fields that validate, and the others as refused values. None if one of the `needed`
    fields is missing or refused: then the row is refused, too."""
    refused: list[Refusal] = []
    left = dict(fields)
    while not (lost := [name for name in needed if name not in left]):
        try:
            return model.from_json(json.dumps(left)), refused
        except ValidationError as error:
            found = [(each["field"], each["detail"]) for each in field_errors(error)]
        except Malformed as error:
            found = [(name, error.detail) for name in left]
        refused += [Refusal(row.file, row.number, field, detail) for field, detail in found]
        wrong = {field.partition(".")[0] for field, _ in found}
        if not wrong & left.keys():
            return None, [*refused, Refusal(row.file, row.number, None, "does not validate")]
        left = {name: value for name, value in left.items() if name not in wrong}
    return None, [*refused, missing(row, *lost)]
