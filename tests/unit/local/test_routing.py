"""The choice of the route for a request."""

from typing import Any

import pytest

from local.gateway.router import Router
from local.template.application import Route


def router(*keys: Any) -> Any:
    return Router([route(key) for key in keys])


def route(key: Any) -> Any:
    method, _, path = key.rpartition(" ")
    return Route(method or "ANY", path, key, None, 30, "2.0", {})


@pytest.mark.parametrize(
    ("keys", "request_", "winner", "parameters"),
    [
        (["GET /users/{id}", "GET /users/me"], "GET /users/me", "GET /users/me", {}),
        (["GET /users/{id}", "GET /users/me"], "GET /users/you", "GET /users/{id}", {"id": "you"}),
        (["GET /{a}/b", "GET /x/{c}"], "GET /x/b", "GET /x/{c}", {"c": "b"}),
        (["ANY /{all+}", "GET /x/{c}"], "GET /x/1", "GET /x/{c}", {"c": "1"}),
        (["ANY /x/{all+}", "GET /{a}/{b}"], "GET /x/1", "GET /{a}/{b}", {"a": "x", "b": "1"}),
        (["ANY /x/{all+}"], "PUT /x/1/2/3", "ANY /x/{all+}", {"all": "1/2/3"}),
        (["ANY /x", "GET /x"], "GET /x", "GET /x", {}),
        (["ANY /x", "GET /x"], "POST /x", "ANY /x", {}),
        (["$default", "GET /x"], "POST /x", "$default", {}),
        (["$default", "ANY /{all+}"], "POST /x", "ANY /{all+}", {"all": "x"}),
        (["GET /"], "GET /", "GET /", {}),
        (["GET /x"], "GET //x", "GET /x", {}),
    ],
)
def test_the_most_specific_route_wins(keys: list[str], request_: str, winner: str, parameters: dict[str, Any]) -> None:
    found, given = router(*keys).find(*request_.split(" "))
    assert (found.key, given) == (winner, parameters)


@pytest.mark.parametrize(
    ("key", "request_"),
    [
        ("GET /x", "POST /x"),
        ("GET /x", "GET /x/"),
        ("GET /x", "GET /X"),
        ("GET /x/{id}", "GET /x/"),
        ("GET /x/{id}", "GET /x/1/2"),
        ("GET /x/{all+}", "GET /x"),
        ("GET /x", "HEAD /x"),
    ],
)
def test_a_request_that_matches_no_route_finds_none(key: str, request_: str) -> None:
    assert router(key).find(*request_.split(" ")) is None
