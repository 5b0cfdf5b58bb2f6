"""Write operations, and the DynamoDB requests they become."""

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
# A condition: the item is absent, is present, or has exactly these values (None: lacks the attribute; Below: has less).
# {} holds always.
When = Presence | Mapping[str, Any]


# NamedTuples, because the authorizer loads this module: dataclasses import `inspect` and compile each class from text,
# which costs a seventh of its start-up.
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Below(NamedTuple):
    """In a condition: a number below this limit, or none yet. With an Update that adds, it keeps counts within it."""

    limit: int


class Put(NamedTuple):
    """Replace the whole item, which includes its PK and SK."""

    item: Item
    when: When = _NOTHING

    @property
    def key(self) -> Key:
        return Key(self.item["PK"], self.item["SK"])


class Update(NamedTuple):
    """Change some attributes: `set` replaces, `add` adds a number, `remove` deletes. Creates an absent item."""

    key: Key
    set: Mapping[str, Any] = _NOTHING
    add: Mapping[str, int] = _NOTHING
    remove: Sequence[str] = ()
    when: When = _NOTHING


class Delete(NamedTuple):
    """Delete the item; harmless if it is absent, unless `when` says otherwise."""

    key: Key
    when: When = _NOTHING


class Check(NamedTuple):
    """Write nothing, but fail the transaction unless the condition holds."""

    key: Key
    when: When


Write = Put | Update | Delete | Check


def part(change: Write, table: str) -> dict[str, dict[str, Any]]:
    """Return the write as an element of TransactItems; a single write takes the same parameters."""
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
    return " AND ".join(_term(_alias(name, names), value, values) for name, value in when.items())


def _term(alias: str, value: Any, values: dict[str, Any]) -> str:
    if value is None:
        return f"attribute_not_exists({alias})"
    if isinstance(value, Below):
        return f"(attribute_not_exists({alias}) OR {alias} < {_value(value.limit, values)})"
    return f"{alias} = {_value(value, values)}"


def _alias(name: str, names: dict[str, str]) -> str:
    """Return a placeholder for a name: DynamoDB reserves many words and forbids `-` and `.`."""
    alias = f"#n{len(names)}"
    names[alias] = name
    return alias


def _value(value: Any, values: dict[str, Any]) -> str:
    placeholder = f":v{len(values)}"
    values[placeholder] = pack(value)
    return placeholder
