"""What is read from messages of the auth services."""

import json
from typing import Any

import pytest

from laurels import clock
from laurels.errors import Invalid, Malformed
from laurels.events.messages import Happened, UserEvent, parse, redacted

AT = clock.ms_of("2026-11-20T18:22:05.000Z")
CREATED_AT = {"created_at": "2026-11-20T18:22:05Z"}


@pytest.mark.parametrize(
    ("message", "event"),
    [
        ({"type": "user.created", "user_id": "42"}, UserEvent(Happened.CREATED, "42")),
        ({"event_type": "new_user", "user_id": 42}, UserEvent(Happened.CREATED, "42")),
        ({"event_type": "UserCreated", "user_id": 42.0, **CREATED_AT}, UserEvent(Happened.CREATED, "42", at=AT)),
        ({"type": None, "event_type": "user.created", "user_id": "a"}, UserEvent(Happened.CREATED, "a")),
        ({"type": "user.logged_in", "user_id": "a|b"}, UserEvent(Happened.LOGGED_IN, "a|b")),
        ({"type": "user.deleted", "user_id": "42", "reason": "x"}, UserEvent(Happened.DELETED, "42")),
        ({"type": "user.renamed", "user_id": "42"}, UserEvent(Happened.OTHER, "")),
        ({"type": "service.started"}, UserEvent(Happened.OTHER, "")),
        (
            {"type": "user.created", "user_id": "1", "username": "ada", "name": "Ada", "full_name": " Ada\tL. "},
            UserEvent(Happened.CREATED, "1", "Ada L."),
        ),
        (
            {"type": "user.created", "user_id": "1", "username": "ada", "name": None, "full_name": "\u200b"},
            UserEvent(Happened.CREATED, "1", "ada"),
        ),
        ({"type": "user.created", "user_id": "1", "created_at": "soon"}, UserEvent(Happened.CREATED, "1")),
        ({"type": "user.created", "user_id": "1", "created_at": 1795198925}, UserEvent(Happened.CREATED, "1")),
        ({"type": "user.created", "user_id": "1", "name": "y" * 500}, UserEvent(Happened.CREATED, "1", "y" * 80)),
    ],
)
def test_both_shapes_are_read(message: Any, event: UserEvent) -> None:
    assert parse(json.dumps(message)) == event


@pytest.mark.parametrize(
    ("number", "user_id"),
    [
        ("42", "42"),
        ("42.0", "42"),
        ("4.2e1", "42"),
        ("9007199254740993.0", "9007199254740993"),
        ("9" * 128, "9" * 128),
        ("1e127", "1" + "0" * 127),
        ("-0.0", "0"),
    ],
)
def test_a_whole_number_is_the_user_of_its_digits(number: str, user_id: str) -> None:
    assert parse(f'{{"type": "user.deleted", "user_id": {number}}}').user_id == user_id


@pytest.mark.parametrize("number", ["9" * 129, "9" * 5000, "1e128", "1e999999999", "1.5", "1e-1", "NaN", "-Infinity"])
def test_a_number_that_is_no_user_s_id_is_refused(number: str) -> None:
    with pytest.raises((Invalid, Malformed)):
        parse(f'{{"type": "user.deleted", "user_id": {number}}}')


def test_a_message_that_names_two_users_is_refused() -> None:
    with pytest.raises(Malformed) as failure:
        parse('{"type": "user.deleted", "user_id": 1, "user_id": 2}')
    assert failure.value.errors[0]["field"] == "user_id"


HUGE = '{"type": "user.created", "user_id": "42", "email": "ada@example.org", "x": 1e99999999999999999999}'


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"user.created"', "1", "[" * 100_000, HUGE])
def test_what_is_no_json_object_is_malformed(body: str) -> None:
    with pytest.raises(Malformed):
        parse(body)


@pytest.mark.parametrize(
    "body",
    [
        '{"type": "user.deleted", "user_id": "a", "user_id": "b"}',
        '{"type": "user.created", "user_id": "a", "type": "user.deleted"}',
        '{"type": "user.deleted", "user_id": "a", "data": {"by": 1, "by": 1}}',
    ],
)
def test_a_message_that_contains_a_name_twice_is_malformed(body: str) -> None:
    with pytest.raises(Malformed, match="twice"):
        parse(body)


@pytest.mark.parametrize("user_id", [None, "", "a b", "x" * 129, True, 1.5, [], {}, "me", "search", -1.5, float("nan")])
def test_a_message_without_a_user_is_refused(user_id: Any) -> None:
    for kind in ("user.created", "user.logged_in", "user.deleted"):
        with pytest.raises(Invalid):
            parse(json.dumps({"type": kind, "user_id": user_id}))


def test_nothing_is_kept_of_a_message_that_cannot_be_read() -> None:
    assert redacted(HUGE) == "{}"


@pytest.mark.parametrize("message", [{"user_id": "42"}, {"type": 7, "user_id": "42"}])
def test_a_message_without_a_type_is_refused(message: Any) -> None:
    with pytest.raises(Invalid):
        parse(json.dumps(message))
