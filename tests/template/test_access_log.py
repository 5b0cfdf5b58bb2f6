"""API Gateway logs one line of JSON per request: how the request ended, and nothing about the caller."""

import json
import re
from typing import Any

import pytest

from tests.template import project

APP = project.application()
(STAGE,) = (each["Properties"] for each in APP.resources.values() if each["Type"] == "AWS::ApiGatewayV2::Stage")
FORMAT: str = STAGE["AccessLogSettings"]["Format"]
LINE: dict[str, Any] = json.loads(FORMAT)

# Variables that may be logged. Not allowed: identity.* (addresses, user agents), path (ids of users),
# authorizer.<property> (the caller), domainName (anything that a client sends as Host).
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
ALLOWED = {
    *("requestTime", "requestId", "routeKey", "status", "responseLatency", "integrationLatency", "responseLength"),
    *("error.responseType", "authorizer.error", "integrationErrorMessage"),
}


def test_a_request_is_one_line_of_json_in_a_group_with_retention() -> None:
    assert "\n" not in FORMAT, "AccessLogSettings in template.yaml: write the Format as one line (`>-`)"
    groups = {name: each["Properties"] for name, each in APP.resources.items() if each["Type"] == "AWS::Logs::LogGroup"}
    (group,) = (group for name, group in groups.items() if name != "LogGroup")  # LogGroup is the functions'
    assert STAGE["AccessLogSettings"]["DestinationArn"].split(":")[6] == group["LogGroupName"]
    assert group["LogGroupName"].startswith("/aws/vendedlogs/")
    assert group["RetentionInDays"] > 0


def test_the_access_log_has_what_a_complaint_needs() -> None:
    values = {"request_id": "$context.requestId", "route": "$context.routeKey", "status": "$context.status"}
    assert values.items() <= LINE.items()


@pytest.mark.parametrize("value", LINE.values())
def test_each_value_is_one_variable_that_identifies_nobody(value: str) -> None:
    match = re.fullmatch(r"\$context\.([\w.]+)", value)
    assert match, f"AccessLogSettings in template.yaml: {value} is not one variable"
    assert match[1] in ALLOWED, f"take {value} out of AccessLogSettings in template.yaml: it may identify a person"
