"""events/schemas/stat_update.json, the contract of StatUpdatesQueue, accepts the same messages as the model."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend
from pydantic import ValidationError as Refused

from laurels.callers import RESERVED_IDS
from laurels.errors import Malformed
from laurels.standings.models import Counter
from laurels.stats.models import StatUpdate, Value
from local.contract.openapi import STAT_UPDATE

SCHEMA: dict[str, Any] = json.loads(STAT_UPDATE.read_bytes())


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """JSON Schema uses ECMAScript's patterns, in which `$` does not match before a final line feed."""
    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


VALIDATOR = extend(Draft202012Validator, {"pattern": _pattern})(
    SCHEMA, format_checker=FormatChecker(formats=["date-time"])
)

MESSAGE: dict[str, Any] = {
    "event_id": "hw-7f3c2a",
    "user_id": "42",
    "source": "homework-service",
    "occurred_at": "2026-11-20T18:22:05Z",
    "increments": {"homeworks_completed": 1},
}
ACCEPTED: dict[str, Any] = {
    "increments": MESSAGE,
    "values": {**MESSAGE, "increments": {}, "values": {"average_grade": 92.5}},
    "both": {**MESSAGE, "values": {"average_grade": 0}},
    "all counters, also down": {
        **MESSAGE,
        "increments": {
            "total_courses": 1,
            "completed_courses": 1_000_000,
            "active_courses": -1_000_000,
            "homeworks_completed": 0,
            "tests_passed": 2,
        },
    },
    "own metrics": {**MESSAGE, "increments": {"minutes_read": -5}, "values": {"best_score": 42_949_672.95}},
    "an opaque user id": {**MESSAGE, "user_id": "auth0|6558f2.a-b_c:d@e"},
    "an offset and fractions": {**MESSAGE, "occurred_at": "2026-11-20T21:22:05.123456+03:00"},
    "small letters in a time": {**MESSAGE, "occurred_at": "2026-11-20t18:22:05z"},
    "twenty digits of a fraction": {**MESSAGE, "occurred_at": "2026-11-20T18:22:05.12345678901234567890Z"},
    "an unknown offset": {**MESSAGE, "occurred_at": "2026-11-20T18:22:05-00:00"},
    "an offset of almost a day": {**MESSAGE, "occurred_at": "2026-11-20T18:22:05+23:59"},
    "empty increments beside a value": {**MESSAGE, "increments": {}, "values": {"average_grade": -0.0}},
}
REFUSED: dict[str, Any] = {
    "not an object": [MESSAGE],
    "nothing to apply": {name: value for name, value in MESSAGE.items() if name != "increments"},
    "empty increments": {**MESSAGE, "increments": {}},
    "null increments": {**MESSAGE, "increments": None, "values": {"average_grade": 1}},
    **{f"no {name}": {key: value for key, value in MESSAGE.items() if key != name} for name in MESSAGE},
    "an unknown field": {**MESSAGE, "points": 5},
    "points as a counter": {**MESSAGE, "increments": {"points": 1}},
    "a metric with a capital": {**MESSAGE, "increments": {"Likes": 1}},
    "a metric of 33 characters": {**MESSAGE, "values": {"a" * 33: 1}},
    "a value below 0": {**MESSAGE, "values": {"best_score": -0.01}},
    "a value of five bytes": {**MESSAGE, "values": {"best_score": 42_949_672.96}},
    "a value as a counter": {**MESSAGE, "increments": {"average_grade": 1}},
    "a counter as a value": {**MESSAGE, "values": {"tests_passed": 1}},
    "a number as text": {**MESSAGE, "increments": {"tests_passed": "1"}},
    "a truth as a number": {**MESSAGE, "increments": {"tests_passed": True}},
    "a part of one": {**MESSAGE, "increments": {"tests_passed": 0.5}},
    "too much": {**MESSAGE, "increments": {"tests_passed": 1_000_001}},
    "too little": {**MESSAGE, "increments": {"tests_passed": -1_000_001}},
    "a grade above 100": {**MESSAGE, "values": {"average_grade": 100.01}},
    "a grade below 0": {**MESSAGE, "values": {"average_grade": -0.01}},
    "a user id that is a number": {**MESSAGE, "user_id": 42},
    **{f"the user id {name}": {**MESSAGE, "user_id": name} for name in sorted(RESERVED_IDS)},
    "a user id with a space": {**MESSAGE, "user_id": "4 2"},
    "a user id too long": {**MESSAGE, "user_id": "4" * 129},
    "an empty event id": {**MESSAGE, "event_id": ""},
    "an event id with a line feed": {**MESSAGE, "event_id": "hw-1\n"},
    "an event id that is not ASCII": {**MESSAGE, "event_id": "дз-1"},
    "a source with a slash": {**MESSAGE, "source": "homework/service"},
    "a time without an offset": {**MESSAGE, "occurred_at": "2026-11-20T18:22:05"},
    "a time with a space": {**MESSAGE, "occurred_at": "2026-11-20 18:22:05Z"},
    "a time without seconds": {**MESSAGE, "occurred_at": "2026-11-20T18:22Z"},
    "seconds since 1970": {**MESSAGE, "occurred_at": "1795198925"},
    "a date": {**MESSAGE, "occurred_at": "2026-11-20"},
    "no such day": {**MESSAGE, "occurred_at": "2026-02-30T00:00:00Z"},
    "a time as a number": {**MESSAGE, "occurred_at": 1795198925},
    "a leap second": {**MESSAGE, "occurred_at": "2026-12-31T23:59:60Z"},
    "the hour 24": {**MESSAGE, "occurred_at": "2026-11-20T24:00:00Z"},
    "an offset of a day": {**MESSAGE, "occurred_at": "2026-11-20T18:22:05+24:00"},
    "an offset of 60 minutes": {**MESSAGE, "occurred_at": "2026-11-20T18:22:05+12:60"},
    "a comma before fractions": {**MESSAGE, "occurred_at": "2026-11-20T18:22:05,5Z"},
    "digits that are not ASCII": {**MESSAGE, "occurred_at": "٢٠٢٦-11-20T18:22:05Z"},
    "the year 0": {**MESSAGE, "occurred_at": "0000-11-20T18:22:05Z"},
    "a field without a name": {**MESSAGE, "": 1},
}


def model_accepts(message: Any) -> bool:
    return model_accepts_text(json.dumps(message))


def model_accepts_text(text: str) -> bool:
    """True if the consumer would not park a message with this body, apart from its age."""
    try:
        StatUpdate.from_json(text)
    except (Refused, Malformed):
        return False
    return True


def test_the_schema_is_json_schema_2020_12_with_its_own_id() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["$id"] == "urn:laurels:schema:stat_update"


def test_the_examples_of_the_schema_are_accepted() -> None:
    assert SCHEMA["examples"]
    for each in SCHEMA["examples"]:
        VALIDATOR.validate(each)
        assert model_accepts(each)


@pytest.mark.parametrize("message", ACCEPTED.values(), ids=ACCEPTED)
def test_the_schema_and_the_model_accept(message: Any) -> None:
    VALIDATOR.validate(message)
    assert model_accepts(message)


@pytest.mark.parametrize("message", REFUSED.values(), ids=REFUSED)
def test_the_schema_and_the_model_refuse(message: Any) -> None:
    assert not VALIDATOR.is_valid(message)
    assert not model_accepts(message)


# Forms of numbers that JSON allows and Python's writer does not produce.
INTEGERS = {
    "7.0": 7,
    "1e1": 10,
    "1E+2": 100,
    "10e-1": 1,
    "0.1e1": 1,
    "-0": 0,
    "-0.0": 0,
    "1e6": 1_000_000,
    "-1000000.0": -1_000_000,
}
NO_INTEGERS = [
    *("1.5", "-0.5", "1e-1", "999999.9999999999", "true", "false", '"1"', '"1.0"', "null", "[1]", "{}"),
    *("1000001.0", "1e7", "1e22", "1e400", "-1e400", "9007199254740993.0", "NaN", "Infinity", "-Infinity"),
    *("9" * 400, "9" * 5000, "1" + "0" * 400 + ".0"),
]


def with_increment(number: str) -> str:
    return json.dumps(MESSAGE).replace('{"homeworks_completed": 1}', f'{{"homeworks_completed": {number}}}')


@pytest.mark.parametrize(("number", "value"), INTEGERS.items())
def test_whole_numbers_may_be_written_in_any_form(number: str, value: int) -> None:
    text = with_increment(number)
    VALIDATOR.validate(json.loads(text))
    (found,) = StatUpdate.model_validate_json(text).increments.values()
    assert (found, type(found)) == (value, int)


@pytest.mark.parametrize("number", NO_INTEGERS, ids=lambda number: number[:12])
def test_other_forms_are_not_whole_numbers(number: str) -> None:
    text = with_increment(number)
    # Python reads whole numbers of at most 4,300 digits.
    assert not VALIDATOR.is_valid(json.loads(text, parse_int=lambda digits: int(digits[:4000])))
    assert not model_accepts_text(text)


# Bodies that JSON Schema accepts and the consumer parks, by the reason why a schema cannot say so. The only other
# difference is the age of an update, which depends on the clock and a parameter.
TEXT = json.dumps(MESSAGE)
BEYOND_A_SCHEMA = {
    "schemas see an object's names only once": [
        TEXT.replace('"homeworks_completed": 1', '"homeworks_completed": 1, "homeworks_completed": 1'),
        TEXT[:-1] + ', "increments": {"tests_passed": 3}}',
        TEXT[:-1] + ', "increm\\u0065nts": {"tests_passed": 3}}',
        TEXT[:-1] + ', "user_id": "42"}',
    ],
    "NaN is not JSON, but Python's reader takes it": [
        TEXT[:-1] + ', "values": {"average_grade": NaN}}',
    ],
    "the format date-time allows times that are out of the calendar in UTC": [
        TEXT.replace("2026-11-20T18:22:05Z", "0001-01-01T00:00:00+01:00"),
        TEXT.replace("2026-11-20T18:22:05Z", "9999-12-31T23:59:59-01:00"),
    ],
    "pydantic reads at most 4,300 digits": [
        with_increment("9" * 4301 + "e-4300"),
    ],
}


@pytest.mark.parametrize("reason", BEYOND_A_SCHEMA)
def test_the_model_refuses_what_a_schema_cannot_express(reason: str) -> None:
    for text in BEYOND_A_SCHEMA[reason]:
        VALIDATOR.validate(json.loads(text))
        assert not model_accepts_text(text)


# Bodies that are not JSON at all (RFC 8259).
NO_JSON = [
    *("", " ", "{", "nonsense", "\ufeff" + TEXT, TEXT + "{}", TEXT + "\0", TEXT[:-1] + ",}", TEXT.replace('"', "'")),
    *(with_increment(number) for number in ("01", "+1", ".5", "1.", "1e", "1_0", "0x1", "\u0661", "-", "1 1")),
    *(TEXT.replace("hw-7f3c2a", odd) for odd in ("a\tb", "\\x", "\\u12")),
    TEXT[:-1] + ', "x": ' + "[" * 100_000,
]


@pytest.mark.parametrize("text", NO_JSON, ids=lambda text: ascii(text[-20:]))
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises((ValueError, RecursionError)):
        json.loads(text)
    assert not model_accepts_text(text)


@pytest.mark.parametrize("odd", ["\\ud800", "\\udfff\\ud800", "\\ud83d\\ude00", "\\u0000"])
def test_surrogates_and_controls_are_refused_in_any_text(odd: str) -> None:
    for sent in (MESSAGE["event_id"], MESSAGE["user_id"], MESSAGE["source"], "homeworks_completed"):
        text = TEXT.replace(f'"{sent}"', f'"{odd}"')
        assert text != TEXT
        assert not VALIDATOR.is_valid(json.loads(text))
        assert not model_accepts_text(text)


def mostly(good: st.SearchStrategy[Any], nearly: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    junk: st.SearchStrategy[Any] = st.sampled_from([None, True, "", 7, -0.5, {}, []])
    return st.sampled_from([good, good, good, good, good, good, nearly, junk]).flatmap(lambda chosen: chosen)


FLOATS = st.floats(-200, 200) | st.integers(-1_000_001, 1_000_001).map(float)
MOMENTS = st.datetimes(datetime(1972, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001 - the zone comes with the text
NAMES = st.sampled_from(["tests_passed", "active_courses", "average_grade", "points", "likes", "Likes", ""])
FIELDS = {
    "event_id": mostly(
        st.from_regex(r"[\x21-\x7e]{1,128}", fullmatch=True), st.text(st.characters(codec="ascii"), max_size=130)
    ),
    "user_id": mostly(
        st.from_regex(r"[A-Za-z0-9._@|:-]{1,128}", fullmatch=True), st.text("aZ09._@|:- /\n", max_size=130)
    ),
    "source": mostly(st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True), st.text("aZ09._-@", max_size=66)),
    "occurred_at": mostly(MOMENTS.map(lambda at: f"{at.isoformat()}Z"), MOMENTS.map(datetime.isoformat)),
    "increments": mostly(
        st.dictionaries(st.sampled_from(Counter), st.integers(-1_000_000, 1_000_000)),
        st.dictionaries(NAMES, st.integers(-1_000_001, 1_000_001) | FLOATS, max_size=2),
    ),
    "values": mostly(
        st.dictionaries(st.sampled_from(Value), st.floats(0, 100)),
        st.dictionaries(NAMES, FLOATS | st.integers(-1, 101), max_size=2),
    ),
}
# Complete messages with a few wrong fields, and messages with missing or additional fields.
MESSAGES = st.fixed_dictionaries(FIELDS) | st.fixed_dictionaries({}, optional=FIELDS | {"points": st.integers()})


@given(MESSAGES)
@example(MESSAGE)
def test_the_schema_and_the_model_agree_on_any_message(message: Any) -> None:
    assert VALIDATOR.is_valid(message) == model_accepts(message)
