"""Calls that must be refused: invalid tokens, missing permissions, invalid bodies. None of them returns a 5xx."""

import base64
import json
import time
import uuid
from typing import Any

import jwt
import pytest

from local.tokens import JWT_SECRET
from tests.e2e.conftest import Answer, Service

pytestmark = pytest.mark.e2e

NOW = int(time.time())  # when tests are collected, which may be long before they run
LATER = NOW + 24 * 3600
CLAIMS: dict[str, Any] = {"sub": "mallory", "exp": LATER}


def signed(secret: str = JWT_SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    return jwt.encode(
        {name: value for name, value in (CLAIMS | claims).items() if value is not None}, secret, algorithm
    )


def unsigned(algorithm: str) -> str:
    """Return a token without a signature, whose header declares this algorithm."""
    head, body = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in ({"alg": algorithm, "typ": "JWT"}, CLAIMS | {"roles": ["admin"]})
    )
    return f"{head}.{body}."


BAD_TOKENS = {
    "garbage": "not-a-token",
    "three dots": "a.b.c",
    "expired": signed(exp=NOW - 3600),
    "never expires": signed(exp=None),
    "without a subject": signed(sub=None),
    "a number as subject": signed(sub=42),
    "an impossible subject": signed(sub="../admin"),
    "not valid yet": signed(nbf=LATER),
    "signed with another secret": signed("another secret that is long enough for HS256"),
    "signed with another algorithm": signed("x" * 64, "HS512"),
    "alg none": unsigned("none"),
    "alg None": unsigned("None"),
    "without its signature": signed().rpartition(".")[0] + ".",
}


@pytest.mark.parametrize("kind", BAD_TOKENS)
def test_an_invalid_token_is_refused_even_on_public_routes(stack: Service, kind: str) -> None:
    for path in ("/users/me", "/users/somebody", "/users/somebody/stats"):
        answer = stack.call("GET", path, BAD_TOKENS[kind])
        assert (answer.status, answer.json()) == (403, {"message": "Forbidden"}), path


def test_a_call_without_a_required_token_returns_401(stack: Service) -> None:
    for method, path in (("GET", "/users/me"), ("POST", "/achievements"), ("PATCH", "/users/somebody")):
        assert stack.call(method, path).status == 401, path


def is_problem(answer: Answer, *statuses: int) -> dict[str, Any]:
    assert answer.status in statuses, answer
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == answer.status
    assert problem["request_id"]
    assert {"type", "title", "detail", "code", "errors"} <= problem.keys()
    return problem


def test_a_token_allows_only_its_own_role_and_scopes(stack: Service) -> None:
    learner = stack.token("curious")
    ok = {"code": "x", "title": "X", "points": 1}
    draft = {"code": "x", "points": 1, "translations": {"en": {"title": "X"}}}
    event = {"event_id": "e", "source": "s", "occurred_at": "2026-11-20T18:22:05Z", "increments": {"tests_passed": 1}}
    for token in (learner, stack.service("stats:write"), stack.token("sly", scope="role:admin admin", name="admin")):
        is_problem(stack.call("POST", "/users/victim/achievements", token, ok), 403)
    for token in (learner, stack.service(), stack.token("sly", scope="admin role:admin")):
        is_problem(stack.call("POST", "/achievements", token, draft), 403)
        is_problem(stack.call("POST", "/achievements/import", token, {"items": [draft]}), 403)
    for token in (learner, stack.admin(), stack.service("awards:write")):
        is_problem(stack.call("POST", "/users/victim/stats/updates", token, event), 403)
    # Other users' resources return 404 instead of 403, so that callers cannot find out which users exist.
    is_problem(stack.call("PATCH", "/users/victim", learner, {"about": "mine now"}), 404)
    is_problem(stack.call("PATCH", "/users/victim", stack.service("awards:write"), {"about": "mine now"}), 404)
    is_problem(stack.call("PATCH", "/users/victim", stack.service("users:write"), {"about": "mine now"}), 403)
    # Users cannot verify themselves.
    problem = is_problem(stack.call("PATCH", "/users/me", learner, {"is_verified": True}), 403)
    assert "is_verified" in problem["detail"]


def test_a_body_of_7_mb_returns_413(stack: Service) -> None:
    body = json.dumps({"about": "x" * 7_000_000}).encode()
    answer = stack.call("PATCH", "/users/me", stack.token("big"), body, {"Content-Type": "application/json"})
    assert answer.status == 413


def test_a_body_larger_than_a_megabyte_returns_413_with_a_problem(stack: Service) -> None:
    body = json.dumps({"about": "x" * 2_000_000}).encode()
    is_problem(stack.call("PATCH", "/users/me", stack.token("big"), body, {"Content-Type": "application/json"}), 413)


BODIES = {
    "empty": b"",
    "blank": b" \n\t",
    "not JSON": b"{not json",
    "cut off": b'{"display_name": "A',
    "trailing": b'{"about": "x"} {}',
    "a text": b'"text"',
    "null": b"null",
    "a number": b"1e400",
    "a list": b"[]",
    "deep lists": b"[" * 100_000,
    "deep and closed": b"[" * 20_000 + b"]" * 20_000,
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "NUL": b'{"display_name": "a\\u0000b", "code": "a\\u0000b"}',
    "raw NUL": b'{"display_name": "a\x00b"}',
    "only NUL": b"\x00",
    "half a surrogate pair": b'{"display_name": "\\ud800", "code": "\\ud800"}',
    "UTF-16": '{"display_name": "x"}'.encode("utf-16"),
    "unknown field": b'{"no_such_field": 1}',
    "wrong types": b'{"display_name": 1, "code": [], "items": {}, "event_id": null, "points": "1"}',
    "prototype": b'{"__class__": {}, "__proto__": {}}',
    "many unknown fields": json.dumps({f"field{n}": n for n in range(30_000)}).encode(),
    "huge number": b'{"points": ' + b"9" * 5000 + b"}",
    "NaN": b'{"points": NaN, "values": {"average_grade": NaN}}',
}
ROUTES = (
    ("PATCH", "/users/me", "learner"),
    ("POST", "/achievements", "admin"),
    ("POST", "/achievements/import", "admin"),
    ("POST", "/users/somebody/achievements", "service"),
    ("POST", "/users/somebody/stats/updates", "service"),
)


@pytest.mark.parametrize("kind", BODIES)
def test_an_invalid_body_returns_a_problem_on_every_route(stack: Service, kind: str) -> None:
    tokens = stack.tokens()
    for method, path, role in ROUTES:
        answer = stack.call(method, path, tokens[role], BODIES[kind], {"Content-Type": "application/json"})
        is_problem(answer, 400, 422)


def test_a_body_that_is_not_utf_8_causes_no_5xx(stack: Service) -> None:
    """API Gateway passes bodies as text and replaces invalid bytes, so the function cannot detect them."""
    for method, path, role in ROUTES:
        body = b'{"display_name": "\xff\xfe", "code": "\xff"}'
        answer = stack.call(method, path, stack.tokens()[role], body, {"Content-Type": "application/json"})
        assert answer.status < 500, answer


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "*/*", "json"])
def test_a_body_of_another_content_type_returns_415(stack: Service, kind: str) -> None:
    for method, path, role in ROUTES:
        is_problem(stack.call(method, path, stack.tokens()[role], b"{}", {"Content-Type": kind}), 415)


QUERIES = """
limit=0 limit=101 limit=-1 limit=many limit= limit=1e3 cursor=forged cursor=%00 lang=%00 lang=en- lang=../../etc
category=%00
"""


@pytest.mark.parametrize("query", [*QUERIES.split(), "cursor=" + "A" * 3000, "limit=" + "9" * 5000])
def test_an_invalid_query_returns_a_problem(stack: Service, query: str) -> None:
    is_problem(stack.call("GET", f"/achievements?{query}"), 400, 422)


@pytest.mark.parametrize("user", ["%00", "a%2Fb", "a b", "%F0%9F%92%A9", "x" * 129, "a%0Ab", "%25", "..%2F"])
def test_an_impossible_user_id_returns_a_4xx(stack: Service, user: str) -> None:
    path = f"/users/{user.replace(' ', '%20')}"
    for method, below in (("GET", ""), ("GET", "/stats"), ("GET", "/achievements")):
        answer = stack.call(method, path + below, stack.admin())
        assert 400 <= answer.status < 500, answer
    answer = stack.call("POST", path + "/achievements", stack.service(), {"code": "x", "title": "X", "points": 1})
    assert 400 <= answer.status < 500, answer


def test_a_cursor_is_valid_only_for_its_own_list(stack: Service) -> None:
    codes = [f"page-{uuid.uuid4().hex}" for _ in range(3)]
    rows = [{"code": code, "points": 1, "translations": {"en": {"title": code}}} for code in codes]
    assert stack.call("POST", "/achievements/import", stack.admin(), {"items": rows}).status == 200
    cursor = stack.call("GET", "/achievements?limit=1").json()["next_cursor"]
    assert stack.call("GET", f"/achievements?limit=2&cursor={cursor}").status == 200
    for path in (f"/achievements?lang=ru&cursor={cursor}", f"/users/somebody/achievements?cursor={cursor}"):
        is_problem(stack.call("GET", path), 400)
    flipped = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    is_problem(stack.call("GET", f"/achievements?cursor={flipped}"), 400)
