"""Loading a SAM template as a deployment does."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.template import loader
from local.template.intrinsics import TemplateError

from .conftest import TOY


def test_parameters_are_substituted_in_references_and_text(toy: Any) -> None:
    assert toy.functions["Echo"].environment["GREETING"] == "hello from dev"
    changed = loader.load(TOY, {"Greeting": "salve", "Stage": "prod"})
    assert changed.functions["Echo"].environment["GREETING"] == "salve from prod"


def test_conditions_choose_values_and_resources(toy: Any) -> None:
    assert toy.functions["Echo"].environment["LEVEL"] == "DEBUG"
    assert "ProdBucket" not in toy.buckets
    prod = loader.load(TOY, {"Stage": "prod"})
    assert prod.functions["Echo"].environment["LEVEL"] == "INFO"
    assert "ProdBucket" in prod.buckets
    assert prod.tables["Table"].properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True


def test_mappings_and_joins_are_evaluated(toy: Any) -> None:
    assert toy.functions["Echo"].memory == 256
    assert toy.functions["Echo"].environment["HOSTS"] == f"a,{toy.region},b"


def test_a_reference_to_a_queue_is_its_url_at_the_endpoint() -> None:
    application = loader.load(TOY, endpoint_url="http://127.0.0.1:4566")
    url = "http://127.0.0.1:4566/000000000000/laurels-WorkQueue.fifo"
    assert application.queues["WorkQueue"].url == url
    assert application.functions["Echo"].environment["QUEUE_URL"] == url


def test_a_queue_has_its_dead_letter_queue(toy: Any) -> None:
    assert toy.dead_letter_queues["WorkQueue"] == toy.queues["WorkDeadLetters"]
    assert toy.queues["WorkQueue"].properties["RedrivePolicy"]["maxReceiveCount"] == "2"


def test_a_secret_remains_a_reference_that_the_data_plane_resolves(toy: Any) -> None:
    arn = toy.secrets["JwtSecret"].arn
    assert toy.functions["Echo"].environment["TOKEN_SECRET"] == "{{resolve:secretsmanager:" + arn + "}}"


def test_functions_have_their_globals_code_and_layers(toy: Any) -> None:
    echo = toy.functions["Echo"]
    assert (echo.handler, echo.timeout, echo.problem) == ("web.echo.handler", 10, "")
    assert echo.code == TOY.parent / "functions"
    assert echo.layers == (TOY.parent / "layers/dependencies", TOY.parent / "layers/shared")
    assert toy.functions["Brief"].timeout == 2


def test_a_function_has_the_statements_of_its_policy(toy: Any) -> None:
    (statement,) = toy.functions["Echo"].statements
    assert statement["Action"] == "dynamodb:GetItem"
    assert (
        statement["Resource"]
        == toy.tables["Table"].arn
        == f"arn:aws:dynamodb:{toy.region}:000000000000:table/laurels-Table"
    )


def test_inline_code_becomes_a_file(toy: Any) -> None:
    assert "inline" in (toy.functions["Inline"].code / "index.py").read_text()


def test_routes_have_their_function_and_authorizer(toy: Any) -> None:
    routes = {route.key: route for route in toy.routes}
    assert (routes["GET /private"].function, routes["GET /private"].authorizer) == ("Echo", "TokenAuthorizer")
    assert routes["GET /echo/{id}"].authorizer is None
    assert routes["GET /optional"].authorizer == "OptionalTokenAuthorizer"
    assert routes["ANY /files/{path+}"].method == "ANY"
    assert routes["GET /late/{how}"].timeout == 0.5


def test_timeouts_of_functions_routes_and_authorizers_can_be_raised(toy: Any) -> None:
    given = toy.with_timeouts_of(9)
    assert (given.functions["Brief"].timeout, given.functions["Echo"].timeout) == (9, 10)
    timeouts = {route.key: route.timeout for route in given.routes}
    assert (timeouts["GET /late/{how}"], timeouts["GET /private"]) == (9, 30)
    assert given.apis["Api"].authorizers["TokenAuthorizer"].timeout == 10
    longer = toy.with_timeouts_of(300)
    assert {each.timeout for each in longer.apis["Api"].authorizers.values()} == {300}
    assert {route.timeout for route in longer.routes} == {each.timeout for each in longer.functions.values()} == {300}


def test_authorizers_have_identity_sources_and_a_time_to_live(toy: Any) -> None:
    authorizers = toy.apis["Api"].authorizers
    required, optional = authorizers["TokenAuthorizer"], authorizers["OptionalTokenAuthorizer"]
    assert (required.function, required.identity_sources, required.ttl, required.simple) == (
        "Authorize",
        ("$request.header.Authorization",),
        60,
        True,
    )
    assert (optional.identity_sources, optional.ttl) == ((), 0)
    assert authorizers["PolicyAuthorizer"].identity_sources == ("$request.querystring.key",)
    assert authorizers["PolicyAuthorizer"].simple is False


def test_queue_consumers_and_schedules_are_found(toy: Any) -> None:
    (consumer,) = toy.consumers.values()
    assert (consumer.function, consumer.batch_size, consumer.report_failures) == ("Work", 10, True)
    assert consumer.source_arn == toy.queues["WorkQueue"].arn
    by_rule, by_scheduler = toy.schedules["TickQuarter"], toy.schedules["TickNight"]
    assert (by_rule.function, by_rule.expression, by_rule.scheduler) == ("Tick", "rate(15 minutes)", False)
    assert (by_scheduler.expression, by_scheduler.scheduler) == ("rate(1 day)", True)


def test_consumers_of_streams_are_found(toy: Any) -> None:
    (mapping,) = toy.streams.values()
    assert (mapping.name, mapping.function, mapping.table) == ("FollowChanges", "Follow", "Table")
    assert (mapping.starts_at, mapping.batch_size, mapping.parallel, mapping.window) == ("TRIM_HORIZON", 4, 2, 0)
    assert (mapping.report_failures, mapping.bisect, mapping.retries, mapping.max_age) == (True, True, 2, 3600)
    (wanted,) = mapping.filters
    assert wanted["eventName"] == ["INSERT", "MODIFY"]
    assert toy.dead_letter_queues["FollowChanges"] == toy.queues["ChangesDeadLetters"]
    assert "FollowChanges" not in toy.consumers


def test_event_rules_are_found(toy: Any) -> None:
    (subscription,) = toy.subscriptions.values()
    assert (subscription.name, subscription.function, subscription.bus) == ("WatchUploaded", "Watch", "default")
    assert subscription.pattern["detail"]["bucket"] == {"name": [toy.buckets["Bucket"].id]}


def test_an_alias_is_resolved_to_its_function(toy: Any) -> None:
    (consumer,), (subscription,) = toy.consumers.values(), toy.subscriptions.values()
    (target,) = toy.resources[subscription.name]["Properties"]["Targets"]
    assert (consumer.properties["FunctionName"], consumer.function) == (f"{toy.functions['Work'].arn}:live", "Work")
    assert (target["Arn"], subscription.function) == (f"{toy.functions['Watch'].arn}:live", "Watch")
    (late,) = (route for route in toy.routes if route.path == "/late/{how}")
    uri = late.operation["x-amazon-apigateway-integration"]["uri"]
    assert (f"{toy.functions['Late'].arn}:live/" in uri, late.function) == (True, "Late")


def test_defaults_apply_to_declared_parameters_without_a_value() -> None:
    found = {"Greeting": "hi", "Nothing": "x"}
    assert loader.load(TOY, defaults=found).parameters["Greeting"] == "hi"
    assert loader.load(TOY, {"Greeting": "hey"}, defaults=found).parameters["Greeting"] == "hey"
    assert "Nothing" not in loader.load(TOY, defaults=found).parameters


def test_resources_are_plain_json(toy: Any) -> None:
    assert json.loads(json.dumps(toy.resources)) == toy.resources


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"Nothing": "x"}, "no parameter Nothing"),
        ({"Stage": "test"}, "Stage must be one of dev, prod, not test"),
    ],
)
def test_an_invalid_parameter_is_named_in_the_error(parameters: dict[str, str], complaint: str) -> None:
    with pytest.raises(TemplateError, match=complaint):
        loader.load(TOY, parameters)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "is not YAML"),
        ("a: 1", "has no Resources"),
        ("Parameters: {P: {Type: String}}\nResources: {}", "the parameter P has no default"),
        (
            "Resources: {F: {Type: 'AWS::Serverless::Function', Properties: {Handler: a.b}}}",
            "is not a valid SAM template",
        ),
    ],
)
def test_an_invalid_template_is_reported_in_one_line(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(text)
    with pytest.raises(TemplateError, match=complaint) as caught:
        loader.load(path)
    assert "\n" not in str(caught.value)


def test_a_missing_template_is_reported(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"cannot read the template .*: No such file"):
        loader.load(tmp_path / "none.yaml")
