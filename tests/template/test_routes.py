"""Rules for the gateway: paths, time-outs, and which routes need a token."""

import pytest

from laurels.callers import RESERVED_IDS, SELF
from local.contract import openapi
from local.template.application import Authorizer, Route
from tests.template import project

# Routes without an authorizer.
PUBLIC = {
    *("GET /v1", "GET /v1/health", "GET /v1/openapi.json", "GET /v1/docs", "GET /v1/app"),
    "GET /v1/leaderboards",
    "GET /v1/users/{user_id}/card.svg",
}
# Routes with an optional token: the owner's visibility decides, or some callers see more than the public.
OPTIONAL = {
    *("GET /v1/achievements", "GET /v1/achievements/{code}", "GET /v1/metrics", "GET /v1/metrics/{metric}"),
    *("GET /v1/users/{user_id}", "GET /v1/users/{user_id}/achievements", "GET /v1/users/{user_id}/badges"),
    *("GET /v1/users/{user_id}/goals", "GET /v1/users/{user_id}/goals/{goal_id}", "GET /v1/users/{user_id}/stats"),
    *("GET /v1/users/{user_id}/streaks", "GET /v1/leaderboards/{board}/users/{user_id}"),
    *("GET /v1/leaderboards/{board}", "GET /v1/stats"),
}

ROUTES = project.application().routes
every_route = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)


def authorizers() -> dict[str, Authorizer]:
    (api,) = project.application().apis.values()
    return api.authorizers


def test_static_path_parts_are_reserved_ids() -> None:
    parts = [route.path.split("/")[3] for route in ROUTES if route.path.startswith("/v1/users/")]
    static = {part for part in parts if not part.startswith("{")} | {".", ".."}
    assert static == RESERVED_IDS, (
        f"RESERVED_IDS of laurels/callers.py: add {static - RESERVED_IDS}, whose users no route can reach, and delete "
        f"{RESERVED_IDS - static}"
    )


def test_a_route_that_writes_declares_its_allowed_callers() -> None:
    """POST /v1/users has the user's id in its body, so the service decides there. Documents are their caller's own: the
    caller's id is part of each key. In a group, the caller's role decides, which `groups/rules.py` looks up."""
    own = ("/v1/resumes", "/v1/requirements", "/v1/processings", "/v1/groups/<group_id>")
    open_to_all = {
        f"{route.method} {route.path}"
        for route in openapi.routes()
        if route.method != "GET" and not route.allow and not route.path.startswith(own)
    }
    assert open_to_all == {"POST /v1/users"}, (
        f"declare allow=(SELF, Grant.…) in the routes of {sorted(open_to_all)}, except POST /v1/users"
    )


def test_self_is_allowed_only_where_the_path_has_a_user() -> None:
    wrong = [route.path for route in openapi.routes() if SELF in route.allow and "<user_id>" not in route.path]
    assert not wrong, f"take SELF out of allow=… of these routes, their paths have no <user_id>: {wrong}"


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
def test_a_path_is_under_v1_and_has_no_colon(route: Route) -> None:
    assert route.path == "/v1" or route.path.startswith("/v1/"), f"put {route.path} under /v1"
    assert ":" not in route.path, f"take the colon out of {route.path}, HTTP APIs refuse it"


@every_route
def test_only_the_listed_routes_accept_calls_without_a_token(route: Route) -> None:
    expected = (
        None if route.key in PUBLIC else "OptionalTokenAuthorizer" if route.key in OPTIONAL else "TokenAuthorizer"
    )
    assert route.authorizer == expected, (
        f"{route.key} has the authorizer {route.authorizer} in template.yaml, and {expected} by the lists PUBLIC and "
        f"OPTIONAL in tests/template/test_routes.py: name it in the list that it belongs to, or change its Auth"
    )


@every_route
def test_a_function_times_out_before_the_gateway(route: Route) -> None:
    timeout = project.application().functions[str(route.function)].timeout
    assert timeout < route.timeout <= 30, (
        f"{route.function} in template.yaml: lower its Timeout ({timeout} s) below the gateway's ({route.timeout} s)"
    )


def test_a_required_token_is_the_identity_source_and_cached_for_a_minute_at_most() -> None:
    required = authorizers()["TokenAuthorizer"]
    assert required.identity_sources == ("$request.header.Authorization",), (
        "TokenAuthorizer in template.yaml: set Headers to [Authorization], otherwise the gateway does not answer 401"
    )
    assert 0 < required.ttl <= 60


def test_an_optional_token_is_not_an_identity_source_and_is_never_cached() -> None:
    optional = authorizers()["OptionalTokenAuthorizer"]
    assert optional.identity_sources == (), (
        "OptionalTokenAuthorizer in template.yaml: delete its identity sources, otherwise calls without a token get 401"
    )
    assert optional.ttl == 0


def test_both_authorizers_use_one_function_and_the_gateway_may_call_it() -> None:
    assert {each.function for each in authorizers().values()} == {"Authorize"}
    assert all(each.simple and each.payload_version == "2.0" for each in authorizers().values())
    source = project.application().source["Resources"]["HttpApi"]["Properties"]["Auth"]["Authorizers"]
    assert all(each["EnableFunctionDefaultPermissions"] is True for each in source.values()), (
        "set EnableFunctionDefaultPermissions for each authorizer in template.yaml, otherwise every call gets 500"
    )


def test_routes_need_a_token_by_default() -> None:
    assert project.application().source["Resources"]["HttpApi"]["Properties"]["Auth"]["DefaultAuthorizer"] == (
        "TokenAuthorizer"
    )


def test_the_stage_is_throttled() -> None:
    (stage,) = (r for r in project.application().resources.values() if r["Type"] == "AWS::ApiGatewayV2::Stage")
    settings = stage["Properties"]["DefaultRouteSettings"]
    assert settings["ThrottlingRateLimit"] > 0
    assert settings["ThrottlingBurstLimit"] > 0
