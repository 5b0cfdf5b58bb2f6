"""Conversion between Python values and DynamoDB's attribute values: str, int, float, bool, None, bytes, list, dict.

Numbers without a fraction are read as int, others as float. A float's shortest form has at most 17 digits and DynamoDB
keeps 38, so every number is read as it was written.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
"""

from binascii import a2b_base64, b2a_base64  # without base64's own checks, in half of its time
from collections.abc import Callable, Mapping
from typing import Any


def pack(value: Any) -> dict[str, Any]:
    """Return the value as DynamoDB's JSON, such as `{"S": "text"}`. Raises TypeError for a type it cannot store."""
    match value:
        case str():
            return {"S": value}
        case bool():
            return {"BOOL": value}
        case int() | float():
            return {"N": repr(value)}
        case None:
            return {"NULL": True}
        case bytes():
            return {"B": b2a_base64(value, newline=False).decode()}
        case list() | tuple():
            return {"L": [pack(element) for element in value]}
        case Mapping():
            return {"M": pack_item(value)}
    raise TypeError(f"DynamoDB cannot store a {type(value).__name__}")


def pack_item(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: pack(value) for name, value in item.items()}


def size(value: Any) -> int:
    """Return the bytes of a value as DynamoDB counts them; a number may take fewer. An item's attributes add their
    names.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    match value:
        case str():
            return len(value.encode())
        case bytes():
            return len(value)
        case bool() | None:
            return 1
        case int() | float():
            return 2 + (len(repr(value)) + 1) // 2
        case list() | tuple():
            return 3 + sum(1 + size(element) for element in value)
        case Mapping():
            return 3 + sum(1 + len(name.encode()) + size(element) for name, element in value.items())
    raise TypeError(f"DynamoDB cannot store a {type(value).__name__}")


def unpack(packed: Mapping[str, Any]) -> Any:
    """Return the inverse of `pack`."""
    (value,) = unpack_item({"": packed}).values()
    return value


def unpack_item(packed: Mapping[str, Any]) -> dict[str, Any]:
    try:  # without a call per attribute: the schedule reads a dozen of every user
        return {name: _READERS[kind](value) for name, typed in packed.items() for kind, value in typed.items()}
    except KeyError as error:
        raise TypeError(f"no item of this table has an attribute of type {error}") from None


def _number(text: str) -> int | float:
    return int(text) if text.lstrip("-").isdigit() else float(text)


_READERS: dict[str, Callable[[Any], Any]] = {
    "S": str,
    "N": _number,
    "B": a2b_base64,
    "BOOL": bool,
    "NULL": lambda _: None,
    "L": lambda elements: [unpack(element) for element in elements],
    "M": unpack_item,
}
