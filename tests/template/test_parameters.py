"""What the template's parameters change: another table, domains, traces, logs; and what other services read."""

import json
from functools import cache
from typing import Any

import pytest

from local.template.application import Application
from tests.template import project

STREAM = "arn:aws:dynamodb:eu-central-1:000000000000:table/restored/stream/2026-11-29T10:00:00.000"
# What a service that sends, or listens, needs, and nothing that changes with each deployment.
ADDRESSES = {
    *("api-url", "api-id", "event-bus-name", "event-bus-arn", "table-name", "table-arn"),
    *("stat-updates-queue-url", "stat-updates-queue-arn", "user-events-queue-url", "user-events-queue-arn"),
}


@cache
def restored() -> Application:
    """The application on a table that was restored."""
    return project.application(TableName="restored", TableStreamArn=STREAM)


def test_each_resource_uses_the_table_of_the_parameter_and_none_the_stack_s_own() -> None:
    app = restored()
    (own,) = app.tables.values()
    settings = [
        function.environment["TABLE_NAME"]
        for function in app.functions.values()
        if "TABLE_NAME" in function.environment
    ]
    assert set(settings) == {"restored"}
    others = {name: each for name, each in app.resources.items() if name != own.name}
    uses = [name for name, each in others.items() if own.id in json.dumps(each)]
    assert not uses, f"template.yaml: {uses} use Table; use TableNameParameter.Value and TableArnParameter.Value"
    assert f"table/{own.id}" not in json.dumps(others)
    assert {mapping.source_arn for mapping in app.streams.values()} == {STREAM}
    assert {mapping.table for mapping in app.streams.values()} == {"restored"}


def test_a_restored_table_leaves_the_stack_s_own_as_it_is() -> None:
    assert restored().resources["Table"] == project.application().resources["Table"]


def test_other_services_find_the_addresses_in_the_parameter_store() -> None:
    app = project.application()
    values = {each.id: each.properties["Value"] for each in app.ssm_parameters.values()}
    assert values.keys() == {f"/{app.stack_name}/{name}" for name in ADDRESSES}
    assert all(values.values())
    assert all(isinstance(value, str) for value in values.values())
    assert values[f"/{app.stack_name}/stat-updates-queue-arn"] == app.queues["StatUpdatesQueue"].arn
    assert values[f"/{app.stack_name}/event-bus-arn"] == app.buses["EventBus"].arn


@pytest.mark.parametrize("tracing", ["Disabled", "Active"])
def test_functions_are_traced_if_the_parameter_says_so(tracing: str) -> None:
    app = project.application(Tracing=tracing)
    functions = [each["Properties"] for each in app.resources.values() if each["Type"] == "AWS::Lambda::Function"]
    modes = {each.get("TracingConfig", {}).get("Mode", "Disabled") for each in functions}
    assert modes == {tracing}
    writers = {policy for each in app.functions.values() for policy in each.managed_policies if "ray" in policy.lower()}
    assert bool(writers) is (tracing == "Active")


@pytest.mark.parametrize("level", ["DEBUG", "ERROR"])
def test_functions_log_at_the_level_of_the_parameter(level: str) -> None:
    functions = project.application(LogLevel=level).resources.values()
    found = {
        each["Properties"]["LoggingConfig"]["ApplicationLogLevel"]
        for each in functions
        if each["Type"] == "AWS::Lambda::Function"
    }
    assert found == {level}


def test_a_domain_of_the_api_is_mapped_to_its_stage_and_is_its_address() -> None:
    app = project.application(ApiDomain="api.example.org", ApiCertificateArn="arn:aws:acm:eu-central-1:0:certificate/a")
    assert of_type(app, "AWS::ApiGatewayV2::DomainName")["DomainName"] == "api.example.org"
    (api,) = app.apis.values()
    assert of_type(app, "AWS::ApiGatewayV2::ApiMapping")["ApiId"] == api.id
    assert app.ssm_parameters["ApiUrlParameter"].properties["Value"] == "https://api.example.org/v1"


def test_without_a_domain_the_api_has_the_gateway_s_address() -> None:
    app = project.application()
    assert not [each for each in app.resources.values() if each["Type"] == "AWS::ApiGatewayV2::DomainName"]
    assert "execute-api" in app.ssm_parameters["ApiUrlParameter"].properties["Value"]


def test_the_distribution_answers_for_the_host_of_the_avatars_if_it_has_a_certificate() -> None:
    certificate = "arn:aws:acm:us-east-1:0:certificate/a"
    app = project.application(AvatarsUrl="https://pictures.example.org", AvatarsCertificateArn=certificate)
    about = of_type(app, "AWS::CloudFront::Distribution")["DistributionConfig"]
    assert about["Aliases"] == ["pictures.example.org"]
    assert about["ViewerCertificate"]["AcmCertificateArn"] == certificate
    plain = of_type(project.application(), "AWS::CloudFront::Distribution")["DistributionConfig"]
    assert not {"Aliases", "ViewerCertificate"} & plain.keys()


def of_type(app: Application, kind: str) -> dict[str, Any]:
    """The properties of the one resource of that kind."""
    (found,) = (each["Properties"] for each in app.resources.values() if each["Type"] == kind)
    return dict(found)
