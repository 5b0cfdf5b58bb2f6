"""Payload format 2.0 in both directions, compared with AWS's documented example and recorded API Gateway events."""

import base64
import json
from typing import Any

import pytest

from local.gateway import payload
from local.gateway.payload import MalformedAnswer, Request
from local.template.application import Api, Route

API = Api("Api", "api-id", "$default", {}, (), {}, None, {})
DEFAULT = Route("ANY", "$default", "F", None, 30, "2.0", {})


def event(
    request: Request,
    *,
    route: Any = DEFAULT,
    parameters: Any = None,
    authorizer: Any = None,
    api: Any = API,
) -> Any:
    return payload.event(
        payload.context(request, api, route, parameters or {}, payload.new_request_id()), request, authorizer
    )


def test_an_event_has_the_documented_shape() -> None:
    request = Request(
        "POST",
        "/my/path?parameter1=value1&parameter1=value2&parameter2=value",
        [
            ("Header1", "value1"),
            ("Header2", "value1"),
            ("header2", "value2"),
            ("Cookie", "cookie1; cookie2"),
            ("Host", "id.execute-api.us-east-1.amazonaws.com"),
            ("User-Agent", "agent"),
            ("Content-Type", "text/plain"),
        ],
        b"Hello from client!",
        source_ip="192.0.2.1",
    )
    found = event(request, parameters={"parameter1": "value1"}, authorizer={"key": "value"})
    context = found["requestContext"]
    for name in ("time", "timeEpoch", "requestId"):
        assert context.pop(name)
    assert found["headers"].pop("x-amzn-trace-id").startswith("Root=1-")
    assert found == {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/my/path",
        "rawQueryString": "parameter1=value1&parameter1=value2&parameter2=value",
        "cookies": ["cookie1", "cookie2"],
        "headers": {
            "header1": "value1",
            "header2": "value1,value2",
            "host": "id.execute-api.us-east-1.amazonaws.com",
            "user-agent": "agent",
            "content-type": "text/plain",
            "content-length": "18",
            "x-forwarded-for": "192.0.2.1",
            "x-forwarded-port": "80",
            "x-forwarded-proto": "http",
        },
        "queryStringParameters": {"parameter1": "value1,value2", "parameter2": "value"},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "api-id",
            "authorizer": {"lambda": {"key": "value"}},
            "domainName": "id.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "id",
            "http": {
                "method": "POST",
                "path": "/my/path",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "agent",
            },
            "routeKey": "$default",
            "stage": "$default",
        },
        "body": "Hello from client!",
        "pathParameters": {"parameter1": "value1"},
        "isBase64Encoded": False,
    }


def test_keys_without_a_value_are_absent() -> None:
    found = event(Request("GET", "/", []))
    absent = {"cookies", "queryStringParameters", "pathParameters", "stageVariables", "body"}
    assert not absent & found.keys()
    assert "authorizer" not in found["requestContext"]
    assert found["rawQueryString"] == ""


def test_the_path_is_decoded_and_the_query_is_passed_raw_and_decoded() -> None:
    query = "repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa&literalPlus=a+b&encodedPlus=a%2Bb&empty="
    found = event(Request("GET", f"/capture/space%20value/%CE%BB?{query}", []))
    assert found["rawPath"] == found["requestContext"]["http"]["path"] == "/capture/space value/λ"
    assert found["rawQueryString"] == query
    assert found["queryStringParameters"] == {
        "repeat": "one,two",
        "redirect": "https://example.com/a",
        "literalPlus": "a b",
        "encodedPlus": "a+b",
        "empty": "",
    }


def test_hop_by_hop_headers_are_removed() -> None:
    found = event(Request("GET", "/", [("Connection", "keep-alive"), ("TE", "trailers"), ("X-Own", "1")]))
    assert not {"connection", "te"} & found["headers"].keys()
    assert found["headers"]["x-own"] == "1"


@pytest.mark.parametrize("kind", ["text/plain", "text/csv; charset=utf-8", "application/json", "Application/JSON;x=1"])
def test_a_text_body_is_passed_unchanged(kind: str) -> None:
    found = event(Request("POST", "/", [("Content-Type", kind)], "λ".encode()))
    assert (found["body"], found["isBase64Encoded"]) == ("λ", False)


@pytest.mark.parametrize(
    "kind", ["image/png", "application/x-www-form-urlencoded", "application/merge-patch+json", None]
)
def test_any_other_body_is_passed_as_base64(kind: str | None) -> None:
    body = b"\x89PNG\x00"
    found = event(Request("POST", "/", [("Content-Type", kind)] if kind else [], body))
    assert (base64.b64decode(found["body"]), found["isBase64Encoded"]) == (body, True)


def answer(value: Any) -> Any:
    return payload.response(json.dumps(value).encode())


def test_a_result_with_a_status_code_becomes_the_response() -> None:
    response = answer(
        {
            "statusCode": 201,
            "headers": {"Content-Type": "application/json", "X-Number": 5},
            "cookies": ["a=1", "b=2"],
            "body": "{}",
        }
    )
    assert (response.status, response.body) == (201, b"{}")
    assert response.headers == [
        ("content-type", "application/json"),
        ("x-number", "5"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
    ]


def test_a_response_without_a_content_type_is_plain_text() -> None:
    assert answer({"statusCode": 200, "body": "hi"}).headers == [("content-type", "text/plain;charset=UTF-8")]


def test_a_base64_body_is_decoded() -> None:
    assert answer({"statusCode": 200, "isBase64Encoded": True, "body": "iVBORw=="}).body == b"\x89PNG"


@pytest.mark.parametrize(
    ("value", "body"),
    [({"message": "λ"}, None), ([1, 2], None), ("just text", b"just text"), (5, None), (None, b"null")],
)
def test_any_other_result_becomes_a_json_body(value: Any, body: bytes | None) -> None:
    response = answer(value)
    assert (response.status, response.headers) == (200, [("content-type", "application/json")])
    assert response.body == (body or json.dumps(value).encode())


@pytest.mark.parametrize(
    "value",
    [
        {"statusCode": "OK"},
        {"statusCode": None},
        {"statusCode": 99},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a": ["1"]}},
        {"statusCode": 200, "headers": {"a": "1\r\nset-cookie: b=2"}},
        {"statusCode": 200, "cookies": "a=1"},
        {"statusCode": 200, "isBase64Encoded": True, "body": "?"},
    ],
)
def test_an_invalid_response_is_malformed(value: dict[str, Any]) -> None:
    with pytest.raises(MalformedAnswer):
        answer(value)
