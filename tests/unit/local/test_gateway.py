"""The HTTP API as a client sees it: routes, authorizers, the gateway's own responses, CORS and limits."""

import json
import re
import socket
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest

from .calls import call, wait_until

ORIGIN = ("Origin", "https://app.example")


def gateways_own(answer: Any) -> Any:
    return answer.status, answer.body, answer.headers["content-type"]


UNAUTHORIZED = (401, b'{"message":"Unauthorized"}', "application/json")
FORBIDDEN = (403, b'{"message":"Forbidden"}', "application/json")
NOT_FOUND = (404, b'{"message":"Not Found"}', "application/json")
TOO_LARGE = (413, b'{"message":"Request Entity Too Large"}', "application/json")
FAILED = (500, b'{"message":"Internal Server Error"}', "application/json")
UNAVAILABLE = (503, b'{"message":"Service Unavailable"}', "application/json")


def bearer(word: Any) -> Any:
    return [("Authorization", f"Bearer {word}")]


def fresh(word: Any) -> Any:
    """A token that no test has used, so that it is in no cache."""
    return bearer(f"{word}-{uuid.uuid4().hex}")


# ---- routes --------------------------------------------------------------------------------------


def test_a_static_route_wins_over_a_variable_one(served: Any) -> None:
    assert call(f"{served.url}/echo/me").json()["event"]["routeKey"] == "GET /echo/me"
    event = call(f"{served.url}/echo/a%20b").json()["event"]
    assert (event["routeKey"], event["pathParameters"]) == ("GET /echo/{id}", {"id": "a b"})


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "REPORT"])
def test_an_any_route_accepts_every_method(served: Any, method: str) -> None:
    event = call(f"{served.url}/files/a/b.txt", method).json()["event"]
    assert (event["routeKey"], event["pathParameters"]) == ("ANY /files/{path+}", {"path": "a/b.txt"})
    assert event["requestContext"]["http"]["method"] == method


@pytest.mark.parametrize(("method", "path"), [("GET", "/nowhere"), ("DELETE", "/echo/me"), ("HEAD", "/echo/me")])
def test_a_request_without_a_route_returns_404(served: Any, method: str, path: str) -> None:
    answer = call(served.url + path, method)
    assert answer.status == 404
    assert method == "HEAD" or gateways_own(answer) == NOT_FOUND


def test_head_returns_the_headers_of_a_body_without_the_body(served: Any) -> None:
    answer = call(f"{served.url}/answer", "HEAD")
    assert (answer.status, answer.headers["content-length"], answer.body) == (200, "12", b"")


def test_binary_bodies_are_passed_unchanged_in_both_directions(served: Any) -> None:
    png = bytes(range(256))
    event = call(f"{served.url}/echo", "POST", png, [("Content-Type", "image/png")]).json()["event"]
    assert event["isBase64Encoded"] is True
    back = json.dumps({"statusCode": 200, "isBase64Encoded": True, "body": event["body"]}).encode()
    assert call(f"{served.url}/answer", "POST", back, [("Content-Type", "application/json")]).body == png


def test_each_cookie_becomes_its_own_header(served: Any) -> None:
    body = json.dumps({"statusCode": 204, "cookies": ["a=1; Path=/", "b=2"]}).encode()
    answer = call(f"{served.url}/answer", "POST", body, [("Content-Type", "application/json")])
    assert [value for name, value in answer.pairs if name == "set-cookie"] == ["a=1; Path=/", "b=2"]
    assert answer.status == 204
    assert "content-length" not in answer.headers


def test_a_result_without_a_status_code_becomes_200_json(served: Any) -> None:
    answer = call(f"{served.url}/inline")
    assert (answer.status, answer.headers["content-type"], answer.json()) == (200, "application/json", {"inline": True})


# ---- authorizers ---------------------------------------------------------------------------------


def test_a_request_without_the_identity_source_returns_401_without_the_authorizer(served: Any) -> None:
    assert gateways_own(call(f"{served.url}/private")) == UNAUTHORIZED
    assert gateways_own(call(f"{served.url}/private", headers=[("Authorization", "")])) == UNAUTHORIZED


def test_the_authorizers_context_reaches_the_function(served: Any) -> None:
    (header,) = fresh("good")
    event = call(f"{served.url}/private", headers=[header]).json()["event"]
    context = event["requestContext"]["authorizer"]["lambda"]
    assert context["sub"] == header[1]
    assert context["source"] == [header[1]]
    assert context["route"].endswith(":api/$default/GET/private")


def test_an_authorizers_response_is_cached_for_all_its_routes(served: Any) -> None:
    token = fresh("good")
    first = call(f"{served.url}/private", headers=token).json()["event"]["requestContext"]["authorizer"]
    again = call(f"{served.url}/private/1", headers=token).json()["event"]["requestContext"]["authorizer"]
    other = call(f"{served.url}/private", headers=fresh("good")).json()["event"]["requestContext"]["authorizer"]
    assert again == first
    assert other["lambda"]["calls"] > first["lambda"]["calls"]


def test_a_refusal_returns_403_and_is_cached_too(served: Any) -> None:
    token = fresh("bad")
    assert gateways_own(call(f"{served.url}/private", headers=token)) == FORBIDDEN
    assert gateways_own(call(f"{served.url}/private", headers=token)) == FORBIDDEN


@pytest.mark.parametrize("word", ["boom", "odd"])
def test_a_failing_authorizer_returns_500(served: Any, word: str) -> None:
    assert gateways_own(call(f"{served.url}/private", headers=fresh(word))) == FAILED


def test_an_authorizer_without_an_identity_source_is_never_cached(served: Any) -> None:
    anonymous = call(f"{served.url}/optional").json()["event"]
    assert anonymous["requestContext"]["authorizer"] == {"lambda": {}}
    token = fresh("good")
    first, second = (call(f"{served.url}/optional", headers=token).json()["event"] for _ in range(2))
    calls = [event["requestContext"]["authorizer"]["lambda"]["calls"] for event in (first, second)]
    assert calls[1] > calls[0]
    assert gateways_own(call(f"{served.url}/optional", headers=fresh("bad"))) == FORBIDDEN


def test_a_policy_is_cached_but_evaluated_for_each_route(served: Any) -> None:
    assert call(f"{served.url}/policy/1?key=open").status == 200
    assert call(f"{served.url}/policy/12?key=open").status == 200
    assert gateways_own(call(f"{served.url}/policy/2?key=open")) == FORBIDDEN
    assert gateways_own(call(f"{served.url}/policy/1?key=shut")) == FORBIDDEN
    assert gateways_own(call(f"{served.url}/policy/1")) == UNAUTHORIZED


# ---- when a function fails -----------------------------------------------------------------------


@pytest.mark.parametrize("path", ["misbehave/raise", "misbehave/die", "brief/sleep", "misbehave/large"])
def test_a_failing_function_returns_500_and_the_next_call_succeeds(served: Any, path: str) -> None:
    assert gateways_own(call(f"{served.url}/{path}")) == FAILED
    good = f"{served.url}/{path.partition('/')[0]}/not"
    assert wait_until(lambda: call(good).status == 200)  # immediately, unless the machine stalls for that long


def test_a_function_that_cannot_be_loaded_returns_500(served: Any) -> None:
    assert gateways_own(call(f"{served.url}/broken")) == FAILED
    assert wait_until(lambda: "no_such_module" in served.log.text())


def test_an_integration_that_times_out_returns_503(served: Any) -> None:
    assert gateways_own(call(f"{served.url}/late/sleep")) == UNAVAILABLE


def test_a_malformed_response_returns_500(served: Any) -> None:
    body = json.dumps({"statusCode": 200, "body": {}}).encode()
    assert gateways_own(call(f"{served.url}/answer", "POST", body, [("Content-Type", "text/plain")])) == FAILED


# ---- limits --------------------------------------------------------------------------------------


def test_a_body_larger_than_ten_megabytes_is_refused(served: Any) -> None:
    assert gateways_own(call(f"{served.url}/echo", "POST", b"x" * (10 * 1024 * 1024 + 1))) == TOO_LARGE


def test_a_body_too_large_for_a_function_is_refused(served: Any) -> None:
    body = b"x" * (6 * 1024 * 1024)
    assert gateways_own(call(f"{served.url}/echo", "POST", body, [("Content-Type", "text/plain")])) == TOO_LARGE


def test_headers_larger_than_ten_kilobytes_are_refused(served: Any) -> None:
    assert call(f"{served.url}/echo/me", headers=[("X-Long", "x" * 9_000)]).status == 200
    answer = call(f"{served.url}/echo/me", headers=[("X-Long", "x" * 10_240)])
    assert (answer.status, answer.headers["content-type"]) == (431, "application/json")


def test_a_chunked_body_is_assembled(served: Any) -> None:
    raw = (
        b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n"
        b"5\r\nhello\r\n6;x=1\r\n world\r\n0\r\n\r\n"
        b"GET /inline HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    received = exchange(served.url, raw)
    assert b"hello world" in received
    assert received.endswith(b'{"inline": true}')


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"GET /inline HTTP/1.1\r\nHost: x\r\nContent-Length: minus\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_malformed_http_returns_400(served: Any, raw: bytes) -> None:
    assert b" 400 " in exchange(served.url, raw).split(b"\r\n")[0] + b" "


def exchange(url: Any, raw: Any) -> Any:
    with socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), timeout=60) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_two_hundred_concurrent_callers_are_all_served(served: Any) -> None:
    with ThreadPoolExecutor(200) as executor:
        answers = list(executor.map(lambda n: call(f"{served.url}/echo/{n}"), range(400)))
    assert [answer.json()["event"]["pathParameters"]["id"] for answer in answers] == [str(n) for n in range(400)]


def test_the_gateway_logs_one_line_per_request_without_query_or_token(served: Any) -> None:
    path = f"/echo/{uuid.uuid4().hex}"
    call(f"{served.url}{path}?what=not-to-be-logged", headers=bearer("not-to-be-logged"))
    (line,) = (line for source, line in served.log if source == "gateway" and path in line)
    assert re.fullmatch(rf"GET {path} 200 [0-9]+ ms", line)


# ---- CORS ----------------------------------------------------------------------------------------


def test_a_preflight_needs_no_function_and_no_token(served: Any) -> None:
    answer = call(f"{served.url}/private", "OPTIONS", headers=[ORIGIN, ("Access-Control-Request-Method", "GET")])
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == ORIGIN[1]
    assert answer.headers["access-control-allow-methods"] == "GET,POST"
    assert answer.headers["access-control-allow-headers"] == "authorization,content-type"
    assert answer.headers["access-control-max-age"] == "600"


def test_every_response_to_an_allowed_origin_has_cors_headers(served: Any) -> None:
    for path in ("/inline", "/private", "/nowhere"):
        answer = call(served.url + path, headers=[ORIGIN])
        assert answer.headers["access-control-allow-origin"] == ORIGIN[1]
        assert answer.headers["access-control-expose-headers"] == "apigw-requestid,etag"
        assert answer.headers["apigw-requestid"]


def test_other_origins_get_no_cors_headers(served: Any) -> None:
    for method in ("GET", "OPTIONS"):
        answer = call(f"{served.url}/inline", method, headers=[("Origin", "https://evil.example")])
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_the_gateways_cors_headers_replace_the_functions_own(served: Any) -> None:
    body = json.dumps({"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"}}).encode()
    answer = call(f"{served.url}/answer", "POST", body, [ORIGIN, ("Content-Type", "text/plain")])
    assert [value for name, value in answer.pairs if name == "access-control-allow-origin"] == [ORIGIN[1]]
