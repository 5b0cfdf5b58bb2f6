"""Field types that several rooms share, with their limits."""

import json
import re
import unicodedata
from collections import Counter
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    Strict,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from laurels import clock
from laurels.callers import RESERVED_IDS, USER_ID
from laurels.characters import is_blank
from laurels.errors import FieldError, Malformed
from laurels.languages import LANGUAGE, MAX_TAG, canonical

# Control characters except tab and line feeds; lone surrogates; and the invisible controls that display text in another
# order than it is stored (https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing).
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_LINE_BREAKS = re.compile("[\t\n\r\u2028\u2029]")
_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})", re.I
)
_FULL_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Pydantic's message for a text's length behind a validator, where it does not know that the value is a text.
_LENGTH = re.compile(r"Value (should have at (?:most|least) [0-9]+) items? after validation, not [0-9]+")
_MAX_ERRORS = 100  # a body of 1 MB can have 100,000 errors; nobody reads them all
_MAX_FIELD = 200  # characters of a field's name: an unknown field's can be as long as the body
MAX_ROW_ERRORS = 10  # each may quote names of 200 characters


# Models are built on first use, or by `http` for its endpoint: a function builds only a few of those it imports.
class Shape(BaseModel):
    """The base of responses."""

    model_config = ConfigDict(frozen=True, defer_build=True)


class Input(BaseModel):
    """The base of inputs: unknown fields and wrong types are errors."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Return the model in a JSON text. Raises ValidationError, and Malformed if an object contains a name twice."""
        found = cls.model_validate_json(text)
        refuse_names_twice(text if isinstance(text, str) else text.decode())
        return found


def refuse_names_twice(text: str) -> None:
    """Raise Malformed if an object in a JSON text contains a name twice."""
    _NAMES.decode(text)


def _no_name_twice(pairs: list[tuple[str, Any]]) -> None:
    """Refuse a duplicate name: JSON leaves open which value counts (RFC 8259, section 4), and we do not guess."""
    if len(dict(pairs)) == len(pairs):
        return
    ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
    error = FieldError(field=twice[:_MAX_FIELD], detail="appears twice in one object", code="duplicate_field")
    raise Malformed("The body names a field twice.", errors=[error])


# Numbers stay text: they are validated already, and Python refuses to convert very long ones.
_NAMES = json.JSONDecoder(object_pairs_hook=_no_name_twice, parse_int=str)


def _clean(text: str) -> str:
    if _FORBIDDEN.search(text):
        raise ValueError("must not hold control characters")
    return unicodedata.normalize("NFC", text)


def _one_line(text: str) -> str:
    if _LINE_BREAKS.search(text):
        raise ValueError("must be one line, without tabs")
    if is_blank(text):
        raise ValueError("must not be blank")
    return text.strip()


def _web_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        # Text before an `@` is meant to look like the host.
        fine = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        fine = False
    if not fine or re.search(r"[\s\\<>\"]", text):
        raise ValueError("must be an http:// or https:// address")
    return text


def _secure(address: str) -> str:
    if urlsplit(address).scheme != "https":
        raise ValueError("must be an https:// address")
    return address


def _as_rfc_3339(value: object) -> object:
    """Refuse other texts, because pydantic accepts them: `"5"` would be five seconds after 1970 began."""
    if isinstance(value, datetime) or (isinstance(value, str) and _RFC_3339.fullmatch(value)):
        return value
    raise ValueError("must be a time such as 2026-11-20T18:22:05Z (RFC 3339)")


def _as_full_date(value: object) -> object:
    """Refuse other texts, because pydantic accepts them: `"1763596800"` would be a day of 2025."""
    if isinstance(value, date) or (isinstance(value, str) and _FULL_DATE.fullmatch(value)):
        return value
    raise ValueError("must be a date such as 2026-11-20 (RFC 3339)")


def _as_digits(value: object) -> object:
    """Refuse other texts, because pydantic accepts them: `1_0`, `+10` and `10.0`."""
    if isinstance(value, str) and not re.fullmatch("[0-9]+", value, re.ASCII):
        raise ValueError("must be a whole number")
    return value


def _not_reserved(user_id: str) -> str:
    if user_id in RESERVED_IDS:
        raise ValueError("must be a user's id: this one is reserved, because it has a meaning of its own in paths")
    return user_id


def storable(value: float) -> float:
    """Round tiny numbers to 0: DynamoDB refuses those between 0 and 1e-130."""
    return 0.0 if abs(value) < 1e-130 else value


def _as_integer(value: object) -> object:
    """Convert 1.0 and 1e1, which are integers in JSON Schema. Pydantic refuses other floats."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _to_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # the first and last hours of the calendar, in another zone
        raise ValueError("must lie in the years 1 to 9999, in UTC too") from None


def either_spelling(statuses: type[StrEnum]) -> BeforeValidator:
    """Return a validator for a filter by status that accepts `in-progress` and `in_progress` alike.

    The schema lists one spelling, because generated clients make one name of both.
    """
    spelled = {each.value.replace("-", "_"): each.value for each in statuses}

    def read(value: object) -> object:
        return spelled.get(value.replace("-", "_"), value) if isinstance(value, str) else value

    return BeforeValidator(read)


def each_language_once(translations: object) -> object:
    """Refuse `EN` beside `en`: tags are case-insensitive, and one would silently replace the other."""
    if isinstance(translations, dict):
        tags = [str(tag).lower() for tag in translations]
        if len(set(tags)) < len(tags):
            raise ValueError("must name each language once at most, in whatever case")
    return translations


def tidied(text: str, length: int) -> str:
    """Return a foreign text as a Title, without forbidden characters. The result may be empty."""
    text = unicodedata.normalize("NFC", _FORBIDDEN.sub("", _LINE_BREAKS.sub(" ", text))).strip()[:length].strip()
    return "" if is_blank(text) else text


def without_controls(text: str) -> str:
    """Return a foreign text without the characters that a Text must not hold."""
    return _FORBIDDEN.sub("", text)


def wrong_entry(name: str, detail: str) -> PydanticCustomError:
    """Return the error of one entry, for the validator of a whole map to raise: its field ends with this name."""
    return PydanticCustomError("value_error", "{detail}", {"detail": detail, "entry": name})


def field_errors(error: ValidationError) -> list[FieldError]:
    """Return the first 100 errors of a validation, without the values that were sent."""
    found = error.errors(include_url=False, include_input=False)
    return [
        {
            "field": ".".join(map(str, (*entry["loc"], *_entry(entry))))[:_MAX_FIELD] or "body",
            "detail": _LENGTH.sub(r"Text \1 characters", entry["msg"].removeprefix("Value error, ")),
            "code": entry["type"],
        }
        for entry in found[:_MAX_ERRORS]
    ]


def error_lines(error: ValidationError) -> list[str]:
    """Return the first errors of a validation as lines, such as those of a row in the report of an import."""
    return [f"{each['field']}: {each['detail']}" for each in field_errors(error)[:MAX_ROW_ERRORS]]


def _entry(error: ErrorDetails) -> tuple[str, ...]:
    name = error.get("ctx", {}).get("entry")
    return (name,) if name else ()


Text = Annotated[str, AfterValidator(_clean)]
Title = Annotated[str, AfterValidator(_clean), AfterValidator(_one_line)]
Number = Annotated[int, BeforeValidator(_as_digits)]  # in a query string
# In JSON: any number without a fractional part (https://json-schema.org/draft/2020-12/json-schema-core#section-4.2.3).
Integer = Annotated[int, BeforeValidator(_as_integer)]
Url = Annotated[
    str,
    StringConstraints(max_length=2048),
    AfterValidator(_clean),
    AfterValidator(_web_address),
    Field(json_schema_extra={"pattern": r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s\\<>\"@]+$"}),
]
HttpsUrl = Annotated[
    Url, AfterValidator(_secure), Field(json_schema_extra={"pattern": r"^[Hh][Tt][Tt][Pp][Ss]://[^\s\\<>\"@]+$"})
]
# Any instant with its offset; kept and sent as UTC, to the millisecond.
Time = Annotated[
    AwareDatetime,
    Strict(False),  # else pydantic would refuse the texts that our validator returns
    BeforeValidator(_as_rfc_3339),
    AfterValidator(_to_utc),
    PlainSerializer(clock.iso, return_type=str),
]
# A time as stored, which is how it is sent, so it is not converted.
KeptTime = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
# A calendar date, without a time or a zone.
Day = Annotated[date, Strict(False), BeforeValidator(_as_full_date)]
UserId = Annotated[
    str,
    StringConstraints(pattern=USER_ID),
    AfterValidator(_not_reserved),
    Field(json_schema_extra={"not": {"enum": sorted(RESERVED_IDS)}}),
]
# The same, or `me`, which `Caller.resolve` turns into an id.
UserIdOrMe = Annotated[
    str, StringConstraints(pattern=USER_ID), AfterValidator(lambda text: text if text == "me" else _not_reserved(text))
]
ACHIEVEMENT_CODE = r"^[a-z0-9_-]{1,64}$"
AchievementCode = Annotated[str, StringConstraints(pattern=ACHIEVEMENT_CODE)]
METRIC = r"^[a-z][a-z0-9_]{0,31}$"
MetricName = Annotated[str, StringConstraints(pattern=METRIC)]
# A language tag in any case, stored in canonical case.
Language = Annotated[str, StringConstraints(pattern=LANGUAGE, max_length=MAX_TAG), AfterValidator(canonical)]
# Our own ids (`Origin.new_id`).
OWN_ID = r"^[0-9a-f]{32}$"
SESSION_ID = r"^[!-~]{1,128}$"  # the `sid` of tokens: the auth service's, or one of ours
# The patterns of the variable parts of paths, by name.
PATH_PARTS = {
    "user_id": USER_ID,
    "code": ACHIEVEMENT_CODE,
    "board": METRIC,
    "metric": METRIC,
    "session_id": SESSION_ID,
    "badge_id": OWN_ID,
    "goal_id": OWN_ID,
    "group_id": OWN_ID,
    "erasure_id": OWN_ID,
    "export_id": OWN_ID,
    "resume_id": OWN_ID,
    "requirements_id": OWN_ID,
    "processing_id": OWN_ID,
}
