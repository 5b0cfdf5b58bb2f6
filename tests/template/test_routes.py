"""What the gateway lets through: paths, time-outs, and who is asked for a token."""

import pytest

from laurels.callers import RESERVED_IDS, SELF
from local.contract import openapi
from local.template.application import Authorizer, Route
from tests.template import project

# Routes that take no token at all.
PUBLIC = {
    *("GET /v1", "GET /v1/health", "GET /v1/openapi.json", "GET /v1/docs"),
    *("GET /v1/leaderboards", "GET /v1/leaderboards/{board}", "GET /v1/stats"),
}
# Routes that take a token or none: by the owner's visibility, or because some see more of what is public.
OPTIONAL = {
    *("GET /v1/achievements", "GET /v1/achievements/{code}"),
    *("GET /v1/users/{user_id}", "GET /v1/users/{user_id}/achievements", "GET /v1/users/{user_id}/badges"),
    *("GET /v1/users/{user_id}/goals", "GET /v1/users/{user_id}/goals/{goal_id}", "GET /v1/users/{user_id}/stats"),
    *("GET /v1/users/{user_id}/streaks", "GET /v1/leaderboards/{board}/users/{user_id}"),
}

ROUTES = project.application().routes
every_route = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)


def authorizers() -> dict[str, Authorizer]:
    (api,) = project.application().apis.values()
    return api.authorizers


def test_static_path_parts_are_reserved_ids() -> None:
    parts = [route.path.split("/")[3] for route in ROUTES if route.path.startswith("/v1/users/")]
    static = {part for part in parts if not part.startswith("{")}
    assert static == RESERVED_IDS, (
        f"a user with such an id is out of reach: RESERVED_IDS of laurels/callers.py lacks {static - RESERVED_IDS} "
        f"and need not have {RESERVED_IDS - static}"
    )


def test_a_route_that_writes_says_who_may_call_it() -> None:
    """POST /v1/users has the user's id in its body, so its service decides."""
    open_to_all = {
        f"{route.method} {route.path}" for route in openapi.routes() if route.method != "GET" and not route.allow
    }
    assert open_to_all == {"POST /v1/users"}, "declare allow=(SELF, Grant.…) in the route of each"


def test_self_is_allowed_only_where_the_path_has_a_user() -> None:
    wrong = [route.path for route in openapi.routes() if SELF in route.allow and "<user_id>" not in route.path]
    assert not wrong, f"SELF needs <user_id> in the path: {wrong}"


def test_an_endpoint_is_one_route() -> None:
    routed, files = (
        sorted(str(route.function) for route in ROUTES),
        sorted(f.resource for f in project.endpoint_files()),
    )
    assert routed == files, (
        f"template.yaml: without an HttpApi event {sorted(set(files) - set(routed))}, without an endpoint's file "
        f"{sorted(set(routed) - set(files))}, twice {sorted({name for name in routed if routed.count(name) > 1})}"
    )


@every_route
def test_a_path_is_under_v1_and_holds_no_colon(route: Route) -> None:
    assert route.path == "/v1" or route.path.startswith("/v1/")
    assert ":" not in route.path, "an HTTP API refuses a colon in a route part"


@every_route
def test_just_the_public_routes_take_calls_without_a_token(route: Route) -> None:
    expected = (
        None if route.key in PUBLIC else "OptionalTokenAuthorizer" if route.key in OPTIONAL else "TokenAuthorizer"
    )
    assert route.authorizer == expected, (
        f"{route.key} has the authorizer {route.authorizer} in template.yaml, and {expected} by the lists PUBLIC and "
        f"OPTIONAL in tests/template/test_routes.py: name it in the list that it belongs to, or change its Auth"
    )


@every_route
def test_a_function_gives_up_before_the_gateway_does(route: Route) -> None:
    assert project.application().functions[str(route.function)].timeout < route.timeout <= 30


def test_a_required_token_is_the_identity_source_and_cached_for_a_minute_at_most() -> None:
    required = authorizers()["TokenAuthorizer"]
    assert required.identity_sources == ("$request.header.Authorization",), "or the gateway would not answer 401"
    assert 0 < required.ttl <= 60


def test_an_optional_token_is_no_identity_source_and_is_never_cached() -> None:
    optional = authorizers()["OptionalTokenAuthorizer"]
    assert optional.identity_sources == (), "with one, a call without a token would be 401"
    assert optional.ttl == 0


def test_both_authorizers_are_the_one_function_and_the_gateway_may_call_it() -> None:
    assert {each.function for each in authorizers().values()} == {"Authorize"}
    assert all(each.simple and each.payload_version == "2.0" for each in authorizers().values())
    source = project.application().source["Resources"]["HttpApi"]["Properties"]["Auth"]["Authorizers"]
    assert all(each["EnableFunctionDefaultPermissions"] is True for each in source.values()), "or every call is 500"


def test_a_token_is_asked_for_unless_a_route_says_otherwise() -> None:
    assert project.application().source["Resources"]["HttpApi"]["Properties"]["Auth"]["DefaultAuthorizer"] == (
        "TokenAuthorizer"
    )


def test_the_stage_is_throttled() -> None:
    (stage,) = (r for r in project.application().resources.values() if r["Type"] == "AWS::ApiGatewayV2::Stage")
    settings = stage["Properties"]["DefaultRouteSettings"]
    assert settings["ThrottlingRateLimit"] > 0
    assert settings["ThrottlingBurstLimit"] > 0
