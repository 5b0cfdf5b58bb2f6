"""A caller without permission gets 403 or 404 whatever else is wrong with the request, on every route that writes."""

from typing import Any

import pytest

from local.contract import openapi
from local.contract.template import path_of
from tests.events import Answer, call
from tests.integration.people import world
from tests.template import project

HANDLERS = world.handlers()
FUNCTIONS = {route.key: str(route.function) for route in project.application().routes}
GUARDED = [route for route in openapi.routes() if route.allow]
STRANGER = {"sub": "stranger"}
PARTS = {
    "user_id": "anna",
    "code": "early-bird",
    "board": "points",
    "session_id": "s-1",
    "badge_id": "0" * 32,
    "goal_id": "0" * 32,
}
WRONG_BODIES: list[dict[str, Any]] = [
    {},
    {"body": {"no": "field"}},
    {"body": []},
    {"raw": "{"},
    {"raw": '{"a": 1, "a": 2}', "headers": {"content-type": "application/json"}},
    {"raw": "x", "headers": {"content-type": "text/plain"}},
    {"raw": "x" * 1_000_001, "headers": {"content-type": "application/json"}},
    {"query": {"no": "parameter", "limit": "0", "scope": "mine", "cursor": "x"}},
    {"headers": {"if-match": "garbage", "idempotency-key": ""}},
]


def ask(route: Any, wrong: dict[str, Any]) -> Answer:
    path = {name: value for name, value in PARTS.items() if f"<{name}>" in route.path}
    handler = HANDLERS[FUNCTIONS[f"{route.method} {path_of(route)}"]]
    return call(handler, path=path, caller=STRANGER, **wrong)


def test_there_are_routes_to_test() -> None:
    assert len(GUARDED) >= 25


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: f"{route.method} {route.path}")
def test_a_caller_without_the_right_learns_nothing_about_the_request(route: Any) -> None:
    expected = 404 if "self" in route.allow else 403  # on another user's path, users cannot be told to exist
    assert {ask(route, wrong).status for wrong in WRONG_BODIES} == {expected}
