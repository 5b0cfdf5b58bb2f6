"""The committed OpenAPI document is fresh and agrees with the template."""

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import openapi_spec_validator
import pytest

from laurels.errors import Invalid
from laurels.responses import problem
from local.contract import openapi
from local.template.application import Route
from tests.template import project

DOCUMENT: dict[str, Any] = json.loads(openapi.DOCUMENT.read_bytes())
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_committed_documents_are_fresh() -> None:
    names = [str(path.relative_to(project.ROOT)) for path in openapi.stale()]
    assert not names, f"run `make openapi` and commit {names}"


def test_the_document_is_valid_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    openapi_spec_validator.validate(DOCUMENT)


def test_the_document_has_the_routes_of_the_template() -> None:
    routes = {route.key for route in project.application().routes}
    assert not routes - OPERATIONS.keys(), (
        f"run `make openapi`: openapi.json lacks {sorted(routes - OPERATIONS.keys())}"
    )
    assert not OPERATIONS.keys() - routes, f"template.yaml has no route {sorted(OPERATIONS.keys() - routes)}"


@pytest.mark.parametrize("route", project.application().routes, ids=lambda route: route.key)
def test_an_operation_needs_a_token_if_the_gateway_does(route: Route) -> None:
    expected: dict[str | None, list[dict[str, list[str]]]] = {
        None: [],
        "TokenAuthorizer": [{"token": []}],
        "OptionalTokenAuthorizer": [{"token": []}, {}],
    }
    assert route.key in OPERATIONS, f"openapi.json lacks {route.key}: run `make openapi`"
    found: list[dict[str, list[str]]]
    found = [{scheme: [] for scheme in each} for each in OPERATIONS[route.key]["security"]]
    found = [each for number, each in enumerate(found) if each not in found[:number]]  # whatever roles and scopes
    assert found == expected[route.authorizer], (
        f"openapi.json says {found} of {route.key}, template.yaml says {route.authorizer}: run `make openapi`"
    )


def test_an_operation_names_the_roles_and_scopes_that_its_route_needs() -> None:
    security = {each["operationId"]: each["security"] for each in OPERATIONS.values()}
    wanted: dict[str, list[dict[str, list[str]]]] = {
        "list_goals": [{"token": []}, {}],
        "create_goal": [{"token": []}],
        "update_preferences": [{"token": []}, {"token": ["admin"]}],
        "award_achievement": [{"token": ["awards:write"]}, {"token": ["admin"]}],
    }
    assert {name: sorted(security[name], key=str) for name in wanted} == {
        name: sorted(each, key=str) for name, each in wanted.items()
    }
    described = {each["operationId"]: each.get("description", "") for each in OPERATIONS.values()}
    for route in openapi.routes():
        for grant in route.allow:
            kind, _, name = grant.partition(":")
            said = f"the {kind} `{name}`" if name else "the user in the path"
            assert said in described[route.function.__name__], f"run `make openapi`: {route.path}"


@pytest.mark.parametrize("key", OPERATIONS)
def test_an_operation_names_the_parts_of_its_path(key: str) -> None:
    named = [each["name"] for each in OPERATIONS[key].get("parameters", []) if each["in"] == "path"]
    wanted = re.findall(r"{(\w+)}", key)
    assert named == wanted, f"{key}: the function takes the path parameters {named}, its route names {wanted}"


def test_an_operation_has_the_name_of_its_function() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    files = [file.name for file in project.endpoint_files()]
    assert sorted(names) == sorted(files), f"run `make openapi`: {sorted(set(files) ^ set(names))} are only in one"


def test_no_reference_dangles_and_no_component_is_left_over() -> None:
    kinds = ("schemas", "responses")
    defined = {f"#/components/{kind}/{name}" for kind in kinds for name in DOCUMENT["components"][kind]}
    found = set(references(DOCUMENT))
    assert found == defined, f"openapi.json: referenced or defined, not both: {sorted(found ^ defined)}"


def unions(node: Any) -> Iterator[list[dict[str, Any]]]:
    """The schemas of each `anyOf` and `oneOf`."""
    for name, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        if name in ("anyOf", "oneOf"):
            yield [
                DOCUMENT["components"]["schemas"].get(each.get("$ref", "").rpartition("/")[2], each) for each in value
            ]
        yield from unions(value)


def test_a_wider_schema_comes_before_a_narrower_one() -> None:
    """Generated clients take the first schema that fits, and would drop the fields that only the wider one has."""
    found = [[set(each.get("required", [])) for each in union] for union in unions(DOCUMENT)]
    pairs = [pair for union in found for pair in itertools.combinations(union, 2) if any(pair)]
    assert len(pairs) > 5
    late = [wider - narrower for narrower, wider in pairs if narrower and narrower < wider]
    assert not late, f"these fields would be dropped: {late}"


def answers(status: str) -> dict[str, list[set[str]]]:
    """The media types of the response with this status, and the schemas of its problem, by operation."""
    found = {}
    for key, operation in OPERATIONS.items():
        if response := operation["responses"].get(status):
            content = DOCUMENT["components"]["responses"][response["$ref"].rpartition("/")[2]]["content"]
            found[key] = [
                {media, *(name.rpartition("/")[2] for name in references(content[media]))} for media in content
            ]
    return found


OUR = {"application/problem+json", "Problem"}
GATEWAYS = {"application/json", "GatewayError"}
EITHER = OUR | {"GatewayError"}  # for generators that read the first media type only


def test_the_gateways_own_errors_are_documented() -> None:
    authorizers = {route.key: route.authorizer for route in project.application().routes}
    required = {key for key, name in authorizers.items() if name == "TokenAuthorizer"}
    unauthenticated, forbidden = answers("401"), answers("403")
    assert required <= unauthenticated.keys()
    for key, found in unauthenticated.items():
        assert found == ([GATEWAYS] if key in required else [OUR]), key
    assert forbidden.keys() == {key for key, name in authorizers.items() if name}
    assert all(found == [EITHER, GATEWAYS] for found in forbidden.values())
    for status in ("429", "5XX"):
        assert answers(status).keys() == OPERATIONS.keys()
        assert all(GATEWAYS in found for found in answers(status).values())


def test_scripts_in_browsers_may_read_every_documented_header_and_the_request_id() -> None:
    (api,) = project.application().apis.values()
    cors = api.cors or {}
    components = DOCUMENT["components"]["responses"].values()
    inline = [answer for operation in OPERATIONS.values() for answer in operation["responses"].values()]
    documented = {name.lower() for answer in (*components, *inline) for name in answer.get("headers", {})}
    exposed = next(value for name, value in cors.items() if name.lower() == "exposeheaders")
    assert sorted(exposed) == sorted({"apigw-requestid"} | documented)


def test_an_operation_lists_its_errors_one_by_one() -> None:
    """A `default` would document every status, so that no test could find an undocumented one."""
    assert not [key for key, operation in OPERATIONS.items() if "default" in operation["responses"]]


def test_no_two_models_share_a_name() -> None:
    # Pydantic adds the module or direction to equal names: laurels__goals__models__Goal, Goal-Input.
    odd = [name for name in DOCUMENT["components"]["schemas"] if not re.fullmatch(r"[A-Z][A-Za-z]*", name)]
    assert not odd, f"rename one of the models: {odd}"


def test_the_problem_schema_fits_problems() -> None:
    body = json.loads(problem(Invalid.field("title", "is missing"), "1")["body"])
    schema = DOCUMENT["components"]["schemas"]["Problem"]
    assert list(body) == list(schema["properties"]) == schema["required"]
    assert list(body["errors"][0]) == schema["properties"]["errors"]["items"]["required"]


def test_check_says_which_file_is_not_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    openapi.main(["--check"])
    monkeypatch.setattr(openapi, "DOCUMENT", project.ROOT / "events/schemas/none_yet.json")
    with pytest.raises(SystemExit, match=r"Not fresh: events/schemas/none_yet\.json\. Run `make openapi`"):
        openapi.main(["--check"])
