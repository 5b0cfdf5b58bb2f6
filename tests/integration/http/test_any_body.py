"""Any body on any route that takes one: a clear 4xx or a success, never a 5xx, and a 4xx stores nothing."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from laurels import bodies
from laurels.fields import Input
from laurels.routing import parameters
from tests.contents import contents
from tests.events import Answer, Handler, call, route_of
from tests.sizes import sized

FUNCTIONS = Path(__file__).parents[3] / "functions"


def model_of(handler: Handler) -> type[Input]:
    """The model of the body that the endpoint takes."""
    found: list[type[Input]] = [kind for _, place, kind in parameters(route_of(handler)) if place == "body"]
    (model,) = found
    return model


def fields_of(handler: Handler) -> list[str]:
    return list(model_of(handler).model_fields)


def _endpoints() -> dict[str, Handler]:
    """Every endpoint that takes a body, by its name."""
    modules = [import_module(f"{file.parent.name}.{file.stem}") for file in sorted(FUNCTIONS.glob("*/*.py"))]
    handlers = [module.handler for module in modules if hasattr(module, "app")]
    return {
        route_of(one).function.__name__: one
        for one in handlers
        if any(place == "body" for _, place, _ in parameters(route_of(one)))
    }


ENDPOINTS = _endpoints()
# May do everything, so that nothing but the body decides.
CALLER = {"sub": "anna", "roles": "admin", "scope": "stats:write awards:write users:write"}
VALUES = {
    **{"user_id": "anna", "code": "early-bird", "board": "points", "metric": "minutes_read"},
    **{"goal_id": "0" * 32, "group_id": "0" * 32},
}


def send(handler: Handler, **request: Any) -> Answer:
    path = {name: value for name, value in VALUES.items() if f"<{name}>" in route_of(handler).path}
    return call(handler, path=path, caller=CALLER, **request)


def sent_badly(handler: Handler) -> dict[str, tuple[dict[str, Any], set[int]]]:
    """Requests that are wrong for any endpoint, and their statuses."""
    field = fields_of(handler)[0]
    known = json.dumps(field)
    no_json, no_fit = {400}, {422}
    optional = bodies.is_optional(model_of(handler), route_of(handler).method)
    empty: dict[str, tuple[dict[str, Any], set[int]]] = {"nothing": ({}, no_json), "empty": ({"raw": ""}, no_json)}
    return ({} if optional else empty) | {
        "no JSON": ({"raw": "code=early-bird"}, no_json),
        "half of it": ({"raw": f'{{{known}: "x'}, no_json),
        "invalid UTF-8": ({"raw": b'{"x": "\xff"}'}, no_json),
        "half a character": ({"raw": '{"x": "\\ud800"}'}, no_json),
        "100,000 arrays": ({"raw": "[" * 100_000}, no_json),
        "100,000 arrays, closed": ({"raw": f"{{{known}: {'[' * 100_000}{']' * 100_000}}}"}, no_json),
        "100,000 objects": ({"raw": '{"x":' * 100_000}, no_json),
        "null": ({"body": None}, no_fit),
        "an array": ({"body": [{}]}, no_fit),
        "a number": ({"body": 5}, no_fit),
        "a text": ({"body": "{}"}, no_fit),
        "an unknown field": ({"body": {"no_such_field": 1}}, no_fit),
        "a null of a name": ({"body": {"\x00": None}}, no_fit),
        "a megabyte and one byte": ({"raw": b"{}" + b" " * (bodies.MAX_BYTES - 1)}, {413}),
        "a form": ({"raw": "x=1", "headers": {"content-type": "application/x-www-form-urlencoded"}}, {415}),
        "another charset": ({"raw": "{}", "headers": {"content-type": "application/json; charset=utf-16"}}, {415}),
    }


@pytest.mark.usefixtures("queues")
@pytest.mark.parametrize("name", ENDPOINTS)
def test_invalid_bodies_are_refused_by_every_endpoint(name: str, dynamodb_client: Any, table: str) -> None:
    for what, (request, statuses) in sent_badly(ENDPOINTS[name]).items():
        answer = send(ENDPOINTS[name], **request)
        assert answer.status in statuses, what
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.body["detail"], what
        if answer.status == 422:
            assert answer.fields, what
    assert contents(dynamodb_client, table) == []


leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        ["early-bird", "en", "https://example.org", "+49301234567", "2026-11-20T18:22:05Z", "2026-11-20", "\x00", "🎓"]
    )
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
GOOD: dict[str, Any] = {
    "code": "early-bird",
    "points": 5,
    "translations": {"en": {"title": "Early bird"}},
    "title": "Olympiad",
    "items": [{"code": "a", "points": 1, "translations": {"en": {"title": "A"}}}],
    "event_id": "e-1",
    "source": "tests",
    "occurred_at": "2026-11-20T18:22:05Z",
    "increments": {"tests_passed": 1},
    "name": "Marathon",
    "date_achieved": "2026-11-20",
    "target": {"metric": "points", "value": 10},
}


@st.composite
def near_misses(draw: st.DrawFn, handler: Handler) -> dict[str, Any]:
    """A body that is good but for some of its fields."""
    body = {name: GOOD[name] for name in fields_of(handler) if name in GOOD}
    spoilt = draw(st.dictionaries(st.sampled_from([*fields_of(handler), "another"]), values, min_size=1, max_size=3))
    return body | spoilt


@pytest.mark.usefixtures("queues")
@pytest.mark.parametrize("name", ENDPOINTS)
def test_no_body_is_ever_a_5xx_and_none_that_is_refused_is_stored(name: str, dynamodb_client: Any, table: str) -> None:
    handler = ENDPOINTS[name]

    @settings(max_examples=sized(20, 60))
    @given(near_misses(handler) | values | st.binary(max_size=50) | st.text(max_size=50))
    @example({name: GOOD[name] for name in fields_of(handler) if name in GOOD})
    def anything(body: Any) -> None:
        before = contents(dynamodb_client, table)
        answer = send(handler, raw=body) if isinstance(body, bytes | str) else send(handler, body=body)
        assert answer.status < 500
        if answer.status >= 400:
            assert contents(dynamodb_client, table) == before

    anything()
