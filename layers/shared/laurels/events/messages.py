"""What the auth services tell of users, in either of their shapes. They add fields as they like; we take these."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

from pydantic import ValidationError

from laurels import clock
from laurels.callers import RESERVED_IDS, USER_ID
from laurels.errors import Invalid, Malformed
from laurels.fields import Input, Time, refuse_names_twice, tidied
from laurels.people.models import MAX_NAME


class Happened(Enum):
    CREATED = "created"
    LOGGED_IN = "logged_in"
    DELETED = "deleted"
    OTHER = "other"  # nothing that concerns us


TYPES = {
    "user.created": Happened.CREATED,
    "new_user": Happened.CREATED,
    "UserCreated": Happened.CREATED,
    "user.logged_in": Happened.LOGGED_IN,
    "user.deleted": Happened.DELETED,
}
NAMES = ("full_name", "name", "username")  # the best first
TYPE_FIELDS = ("type", "event_type")
_LONGEST = 200  # characters of a value that is parked
_DIGITS = 128  # of a user's id


class UserEvent(NamedTuple):
    """One message. `name` is empty without one; `at` (epoch milliseconds) is None without a time that can be read."""

    what: Happened
    user_id: str
    name: str = ""
    at: int | None = None


class _Moment(Input):
    at: Time


def parse(body: str) -> UserEvent:
    """Return the event in a message. Raises Malformed if it is no JSON object or names a field twice, Invalid if it has
    no type or no user.

    An event of another type needs no user, because nothing is done about it.
    """
    found = _object(body)
    kind = next((found[name] for name in TYPE_FIELDS if isinstance(found.get(name), str)), None)
    if kind is None:
        raise Invalid.field("type", "must be a text", "missing")
    what = TYPES.get(kind, Happened.OTHER)
    if what is Happened.OTHER:
        return UserEvent(what, "")
    return UserEvent(what, _user_id(found), _name(found), _moment(found))


def redacted(body: str) -> str:
    """Return what is kept of a message that cannot be parsed: its type, user and time, as far as they can be read.

    Names and e-mails are left out, and therefore everything with an @: what is wrong with a message may be that an
    e-mail is where an id should be.
    """
    try:
        found = _object(body)
    except Malformed:
        return "{}"
    kept = {name: found[name] for name in (*TYPE_FIELDS, "user_id") if _is_harmless(found.get(name))}
    if _moment(found) is not None:
        kept["created_at"] = found["created_at"]
    return json.dumps(kept, default=float)


def _is_harmless(value: object) -> bool:
    is_number = isinstance(value, int | float | Decimal)
    return is_number or (isinstance(value, str) and len(value) <= _LONGEST and "@" not in value)


def _object(body: str) -> dict[str, Any]:
    try:
        found = json.loads(body, parse_float=Decimal)  # exact, because 9007199254740993.0 is a whole number, too
        refuse_names_twice(body)  # one of two users would be taken
    except (ValueError, ArithmeticError, RecursionError):  # Decimal raises the second for huge exponents
        found = None
    if not isinstance(found, dict):
        raise Malformed("The message is not a JSON object.")
    return found


def _user_id(found: Mapping[str, Any]) -> str:
    value = found.get("user_id")
    if isinstance(value, Decimal) and value.adjusted() < _DIGITS and value == value.to_integral_value():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not re.fullmatch(USER_ID, value) or value in RESERVED_IDS:
        raise Invalid.field("user_id", "must be a user's id, as a text or a whole number", "string_pattern_mismatch")
    return value


def _name(found: Mapping[str, Any]) -> str:
    texts = (tidied(found[name], MAX_NAME) for name in NAMES if isinstance(found.get(name), str))
    return next(filter(None, texts), "")


def _moment(found: Mapping[str, Any]) -> int | None:
    try:
        return clock.epoch_ms(_Moment.model_validate({"at": found.get("created_at")}).at)
    except ValidationError:
        return None
