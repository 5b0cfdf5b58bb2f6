"""Changes to items, as callers say them and as DynamoDB is told."""

from collections.abc import Mapping, Sequence
from enum import Enum
from types import MappingProxyType
from typing import Any, NamedTuple

from laurels.attribute_values import pack, pack_item
from laurels.keys import Key

Item = dict[str, Any]


class Presence(Enum):
    ABSENT = "attribute_not_exists(PK)"
    PRESENT = "attribute_exists(PK)"


ABSENT, PRESENT = Presence.ABSENT, Presence.PRESENT
# Holds if the item is absent, is present, or has just these values (None: lacks the attribute). No condition: {}.
When = Presence | Mapping[str, Any]


# NamedTuples here, and in what else the authorizer loads: dataclasses bring `inspect` and make each class from text:
# a seventh of its start-up.
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Put(NamedTuple):
    """Replaces the whole item. It holds its own PK and SK."""

    item: Item
    when: When = _NOTHING

    @property
    def key(self) -> Key:
        return Key(self.item["PK"], self.item["SK"])


class Update(NamedTuple):
    """Changes some attributes: `set` replaces, `add` counts, `remove` takes away. Makes the item if it is absent."""

    key: Key
    set: Mapping[str, Any] = _NOTHING
    add: Mapping[str, int] = _NOTHING
    remove: Sequence[str] = ()
    when: When = _NOTHING


class Delete(NamedTuple):
    key: Key
    when: When = _NOTHING


class Check(NamedTuple):
    """Changes nothing; the transaction fails unless the condition holds."""

    key: Key
    when: When


Write = Put | Update | Delete | Check


def part(change: Write, table: str) -> dict[str, dict[str, Any]]:
    """The change as an element of TransactItems; single writes take the same parameters."""
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    request: dict[str, Any] = {"TableName": table, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    match change:
        case Put(item=item):
            request["Item"] = pack_item(item)
        case Update(key=key):
            request["Key"] = pack_item(key._asdict())
            request["UpdateExpression"] = _update_expression(change, names, values)
        case Delete(key=key) | Check(key=key):
            request["Key"] = pack_item(key._asdict())
    if condition := _condition(change.when, names, values):
        request["ConditionExpression"] = condition
    if names:
        request["ExpressionAttributeNames"] = names
    if values:
        request["ExpressionAttributeValues"] = values
    return {"ConditionCheck" if isinstance(change, Check) else type(change).__name__: request}


def _update_expression(change: Update, names: dict[str, str], values: dict[str, Any]) -> str:
    sets = [f"{_alias(name, names)} = {_value(value, values)}" for name, value in change.set.items()]
    adds = [f"{_alias(name, names)} {_value(value, values)}" for name, value in change.add.items()]
    removes = [_alias(name, names) for name in change.remove]
    parts = (("SET", sets), ("ADD", adds), ("REMOVE", removes))
    return " ".join(f"{verb} {', '.join(terms)}" for verb, terms in parts if terms)


def _condition(when: When, names: dict[str, str], values: dict[str, Any]) -> str:
    if isinstance(when, Presence):
        return when.value
    return " AND ".join(
        f"attribute_not_exists({_alias(name, names)})"
        if value is None
        else f"{_alias(name, names)} = {_value(value, values)}"
        for name, value in when.items()
    )


def _alias(name: str, names: dict[str, str]) -> str:
    """Every name is aliased: DynamoDB reserves several hundred words, and an expression holds no `-` or `.`."""
    alias = f"#n{len(names)}"
    names[alias] = name
    return alias


def _value(value: Any, values: dict[str, Any]) -> str:
    placeholder = f":v{len(values)}"
    values[placeholder] = pack(value)
    return placeholder
