"""The calls whose requests are counted, one line per endpoint. `requests` reports endpoints without a call."""

import json
import os
from collections.abc import Iterator
from importlib import import_module
from typing import Any, NamedTuple
from unittest.mock import patch

from tests.bench import built, contestants, samples
from tests.bench.contestants import LAMBDA, Contestant, Endpoint

REPEATS = 20  # further calls, which measure the billed CPU time
ADMIN = {"roles": "admin", "sub": "an-admin"}
SERVICE = {"scope": "stats:write awards:write users:write users:read", "sub": "homework-service"}
NOBODY = {"sub": ""}
LEARNER = {"sub": "learner-{n}"}  # each call has its own learner
ME = f"/v1/users/{samples.USER}"
DRAFT = {"translations": {"en": {"title": "T", "description": "D"}}, "points": 5}
# Each import changes all of its rows: one that changes nothing writes nothing.
ROWS = [{"code": f"row-{row}", "category": "category-{n}", **DRAFT} for row in range(10)]
CRITERIA = {"all": [{"metric": "tests_passed", "value": 1000}]}
CHANGE = {name: value for name, value in samples.update().items() if name not in ("user_id", "event_id")}


class Call(NamedTuple):
    """A request. `{n}` is the number of the call; `{goal}` and `{badge}` are ids of the learner, new for each call."""

    method: str
    target: str
    body: Any = None
    who: dict[str, str] = {}  # noqa: RUF012 - never changed; {} is the learner


# In this order, after the schedule has run once.
CALLS = (
    Call("GET", "/v1", who=NOBODY),
    Call("GET", "/v1/health", who=NOBODY),
    Call("GET", "/v1/openapi.json", who=NOBODY),
    Call("GET", "/v1/docs", who=NOBODY),
    Call("GET", "/v1/app", who=NOBODY),
    Call("GET", "/v1/users/me"),
    Call("GET", ME, who={"sub": "somebody-else"}),
    Call("GET", f"{ME}/card.svg", who=NOBODY),
    Call("GET", "/v1/users?limit=20", who=ADMIN),
    Call("GET", "/v1/users/search?q=learner&limit=20"),
    Call("POST", "/v1/users", {"user_id": "new-{n}", "display_name": "New {n}"}, SERVICE),
    Call("PATCH", ME, {"location": "Batumi"}),
    Call("DELETE", "/v1/users/leaver-{n}", who=ADMIN),
    Call("GET", f"{ME}/preferences"),
    Call("PATCH", f"{ME}/preferences", {"theme": "dark"}),
    Call("POST", "/v1/users/me/sessions", {"device_type": "mobile"}, {**LEARNER, "sid": "another-{n}"}),
    Call("GET", "/v1/users/me/sessions", who=LEARNER),
    Call("DELETE", "/v1/users/me/sessions/session-{n}", who=LEARNER),
    Call("DELETE", "/v1/users/me/sessions?scope=all", who=LEARNER),
    Call("POST", "/v1/users/me/avatar", {"content_type": "image/png", "size": 100_000}),
    Call("DELETE", "/v1/users/me/avatar"),
    Call("GET", "/v1/achievements?limit=20"),
    Call("GET", "/v1/achievements/row-1"),
    Call("POST", "/v1/achievements", {"code": "new-{n}", **DRAFT}, ADMIN),
    Call("PATCH", "/v1/achievements/new-{n}", {"points": 6}, ADMIN),
    Call("DELETE", "/v1/achievements/new-{n}", who=ADMIN),
    Call("POST", "/v1/achievements/import", {"items": ROWS}, ADMIN),
    Call("POST", "/v1/achievements/hard/backfill", {}, ADMIN),
    Call("GET", f"{ME}/achievements?limit=20"),
    # One achievement for many learners: a process reads its definition once a minute.
    Call("POST", "/v1/users/learner-{n}/achievements", {"code": "row-1"}, SERVICE),
    Call("DELETE", "/v1/users/learner-{n}/achievements/row-1", who=SERVICE),
    Call("GET", f"{ME}/badges?limit=20"),
    Call("POST", f"{ME}/badges", {"name": "A marathon"}),
    Call("DELETE", f"{ME}/badges/{{badge}}"),
    Call("GET", f"{ME}/goals?limit=20"),
    Call("POST", f"{ME}/goals", {"title": "Pass ten tests", "target": {"metric": "tests_passed", "value": 1000}}),
    Call("GET", f"{ME}/goals/{{goal}}"),
    Call("PUT", f"{ME}/goals/{{goal}}", {"title": "Pass many tests"}),
    Call("POST", f"{ME}/goals/{{goal}}/check-ins", {}),
    Call("DELETE", f"{ME}/goals/{{goal}}"),
    Call("GET", f"{ME}/stats"),
    Call("POST", f"{ME}/stats/updates", {**CHANGE, "event_id": "e-{n}"}, SERVICE),
    Call("GET", f"{ME}/streaks"),
    Call("POST", "/v1/users/learner-{n}/streaks/freezes", {"count": 1}, SERVICE),
    Call("PUT", "/v1/groups/{group}/members/learner-{n}", {"role": "learner"}, ADMIN),
    Call("GET", "/v1/groups/{group}", who=ADMIN),
    Call("GET", "/v1/groups/{group}/members", who=ADMIN),
    Call("GET", "/v1/groups/{group}/leaderboard?board=points", who=ADMIN),
    Call("GET", "/v1/groups/{group}/report", who=ADMIN),
    Call("PATCH", "/v1/groups/{group}", {"name": "A class"}, ADMIN),
    Call("DELETE", "/v1/groups/{group}/members/learner-{n}", who=ADMIN),
    Call("DELETE", "/v1/groups/{group}", who=ADMIN),
    Call("GET", "/v1/leaderboards", who=NOBODY),
    Call("GET", "/v1/leaderboards/points?limit=20", who=NOBODY),
    Call("GET", f"/v1/leaderboards/points/users/{samples.USER}"),
    Call("GET", "/v1/stats", who=NOBODY),
)

# Created over HTTP before the calls, one of each for every call.
EACH = (
    Call("POST", "/v1/users", {"user_id": "learner-{n}", "display_name": "Learner {n}"}, SERVICE),
    Call("POST", "/v1/users", {"user_id": "leaver-{n}", "display_name": "Leaver {n}"}, SERVICE),
    Call("POST", "/v1/users/me/sessions", {"device_type": "desktop"}, {**LEARNER, "sid": "session-{n}"}),
    Call("POST", f"{ME}/badges", {"name": "Badge {n}"}),
    Call("POST", f"{ME}/goals", {"title": "Goal {n}"}),
    Call("POST", "/v1/groups", {"kind": "class", "name": "Class {n}"}, ADMIN),
    # More than a page of them: `GET …/achievements` reads the definition of each.
    Call("POST", f"{ME}/achievements", {"code": "earned-{n}"}, SERVICE),
)
Ids = dict[str, list[str]]


def arranged(endpoint: Endpoint) -> Ids:
    """Create what the calls need. Returns the created ids by kind: `goal`, `badge` and so on."""
    ids: Ids = {}
    # Only public profiles have a card.
    _answer(endpoint, Call("PATCH", f"{ME}/preferences", {"visibility": {"profile": "public"}}))
    _answer(endpoint, Call("POST", "/v1/achievements", {"code": "hard", "criteria": CRITERIA, **DRAFT}, ADMIN))
    for call in EACH:
        for number in range(1 + REPEATS):
            for name, value in _answer(endpoint, _numbered(call, {"n": str(number)})).items():
                if name.endswith("_id"):
                    ids.setdefault(name.removesuffix("_id"), []).append(value)
    return ids


def contestant(endpoint: Endpoint, call: Call, ids: Ids) -> tuple[str, Contestant]:
    """The function's logical id, and a contestant with the first call and its repeats."""
    events = []
    for number in range(1 + REPEATS):
        values = {"n": str(number), **{name: made[number] for name, made in ids.items()}}
        name, event = _event(_numbered(call, values))
        events.append(event)
    return name, contestants.function(f"{call.method} {call.target}", name, endpoint, *events)


def _answer(endpoint: Endpoint, call: Call) -> dict[str, Any]:
    """Call the endpoint in this process, since preparations are not measured, and return its body."""
    name, event = _event(call)
    function = contestants.function(name, name, endpoint)
    module, _, attribute = function.handler.rpartition(".")
    with patch.dict(os.environ, {**LAMBDA, **function.environment}):
        answer = getattr(import_module(module), attribute)(event, None)
    if answer["statusCode"] >= 300:
        raise RuntimeError(f"{call}: {answer}")
    body: dict[str, Any] = json.loads(answer["body"])
    return body


def _event(call: Call) -> tuple[str, dict[str, Any]]:
    return samples.http(built.application(), call.method, call.target, body=call.body, **call.who)


def _numbered(call: Call, values: dict[str, str]) -> Call:
    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: fill(each) for name, each in value.items()}
        if isinstance(value, list):
            return [fill(each) for each in value]
        if isinstance(value, str):
            for name, text in values.items():
                value = value.replace(f"{{{name}}}", text)
        return value

    return Call(*(fill(part) for part in call))


def unmeasured(called: set[str]) -> Iterator[str]:
    """Functions of routes that no call reaches."""
    return iter(sorted({route.function for route in built.application().routes if route.function} - called))
