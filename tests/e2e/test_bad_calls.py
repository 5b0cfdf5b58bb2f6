"""Calls that must be turned away: bad tokens, tokens that may not, bodies that are no good. None of them is a 5xx."""

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

LATER = int(time.time()) + 3600
CLAIMS: dict[str, Any] = {"sub": "mallory", "exp": LATER}


def signed(secret: str = JWT_SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    return jwt.encode(
        {name: value for name, value in (CLAIMS | claims).items() if value is not None}, secret, algorithm
    )


def unsigned(algorithm: str) -> str:
    """A token that says by itself that nobody need have signed it."""
    head, body = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in ({"alg": algorithm, "typ": "JWT"}, CLAIMS | {"roles": ["admin"]})
    )
    return f"{head}.{body}."


BAD_TOKENS = {
    "garbage": "not-a-token",
    "three dots": "a.b.c",
    "expired": signed(exp=LATER - 7200),
    "never expires": signed(exp=None),
    "of nobody": signed(sub=None),
    "of a number": signed(sub=42),
    "of somebody who cannot be": signed(sub="../admin"),
    "not valid yet": signed(nbf=LATER),
    "signed by somebody else": signed("another secret that is long enough for HS256"),
    "signed otherwise": signed("x" * 64, "HS512"),
    "alg none": unsigned("none"),
    "alg None": unsigned("None"),
    "signature cut off": signed().rpartition(".")[0] + ".",
}


@pytest.mark.parametrize("what", BAD_TOKENS)
def test_a_bad_token_is_refused_even_where_none_is_needed(stack: Service, what: str) -> None:
    for path in ("/users/me", "/users/somebody", "/users/somebody/stats"):
        answer = stack.call("GET", path, BAD_TOKENS[what])
        assert (answer.status, answer.json()) == (403, {"message": "Forbidden"}), path


def test_no_token_is_401_where_one_is_needed(stack: Service) -> None:
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


def test_a_token_opens_only_what_it_says(stack: Service) -> None:
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
    # What belongs to others is not there, rather than forbidden: nobody learns who exists.
    is_problem(stack.call("PATCH", "/users/victim", learner, {"about": "mine now"}), 404)
    is_problem(stack.call("PATCH", "/users/victim", stack.service("awards:write"), {"about": "mine now"}), 404)
    is_problem(stack.call("PATCH", "/users/victim", stack.service("users:write"), {"about": "mine now"}), 403)
    # And nobody verifies themself.
    problem = is_problem(stack.call("PATCH", "/users/me", learner, {"is_verified": True}), 403)
    assert "is_verified" in problem["detail"]


def test_a_body_of_7_mb_is_413(stack: Service) -> None:
    body = json.dumps({"about": "x" * 7_000_000}).encode()
    answer = stack.call("PATCH", "/users/me", stack.token("big"), body, {"Content-Type": "application/json"})
    assert answer.status == 413


def test_a_body_of_more_than_a_megabyte_is_413_with_a_problem(stack: Service) -> None:
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


@pytest.mark.parametrize("what", BODIES)
def test_a_bad_body_is_a_problem_on_every_route(stack: Service, what: str) -> None:
    tokens = stack.tokens()
    for method, path, who in ROUTES:
        answer = stack.call(method, path, tokens[who], BODIES[what], {"Content-Type": "application/json"})
        is_problem(answer, 400, 422)


def test_a_body_that_is_not_utf_8_is_no_failure(stack: Service) -> None:
    """API Gateway hands bodies on as text, so what is not text has been replaced before a function sees it."""
    for method, path, who in ROUTES:
        body = b'{"display_name": "\xff\xfe", "code": "\xff"}'
        answer = stack.call(method, path, stack.tokens()[who], body, {"Content-Type": "application/json"})
        assert answer.status < 500, answer


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "*/*", "json"])
def test_a_body_of_another_type_is_415(stack: Service, kind: str) -> None:
    for method, path, who in ROUTES:
        is_problem(stack.call(method, path, stack.tokens()[who], b"{}", {"Content-Type": kind}), 415)


QUERIES = """
limit=0 limit=101 limit=-1 limit=many limit= limit=1e3 cursor=forged cursor=%00 lang=%00 lang=en- lang=../../etc
category=%00
"""


@pytest.mark.parametrize("query", [*QUERIES.split(), "cursor=" + "A" * 3000, "limit=" + "9" * 5000])
def test_a_bad_query_is_a_problem(stack: Service, query: str) -> None:
    is_problem(stack.call("GET", f"/achievements?{query}"), 400, 422)


@pytest.mark.parametrize("user", ["%00", "a%2Fb", "a b", "%F0%9F%92%A9", "x" * 129, "a%0Ab", "%25", "..%2F"])
def test_an_id_that_nobody_can_have_is_a_problem(stack: Service, user: str) -> None:
    path = f"/users/{user.replace(' ', '%20')}"
    for method, below in (("GET", ""), ("GET", "/stats"), ("GET", "/achievements")):
        answer = stack.call(method, path + below, stack.admin())
        assert 400 <= answer.status < 500, answer
    answer = stack.call("POST", path + "/achievements", stack.service(), {"code": "x", "title": "X", "points": 1})
    assert 400 <= answer.status < 500, answer


def test_a_cursor_opens_no_other_list(stack: Service) -> None:
    codes = [f"page-{uuid.uuid4().hex}" for _ in range(3)]
    rows = [{"code": code, "points": 1, "translations": {"en": {"title": code}}} for code in codes]
    assert stack.call("POST", "/achievements/import", stack.admin(), {"items": rows}).status == 200
    cursor = stack.call("GET", "/achievements?limit=1").json()["next_cursor"]
    assert stack.call("GET", f"/achievements?limit=2&cursor={cursor}").status == 200
    for path in (f"/achievements?lang=ru&cursor={cursor}", f"/users/somebody/achievements?cursor={cursor}"):
        is_problem(stack.call("GET", path), 400)
    flipped = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    is_problem(stack.call("GET", f"/achievements?cursor={flipped}"), 400)
