"""The Rules of the template: what a deployment refuses before it changes anything."""

from typing import Any

import pytest

from tests.template import project

SOURCE = project.application().source
SAFE = {
    "AllowedOrigins": "https://learn.example.org,https://www.example.org",
    "JwtIssuer": "https://auth.example.org",
    "JwtAudience": "laurels",
}


def holds(condition: Any, values: dict[str, Any]) -> Any:
    """The value of a rule's expression: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-rules.html"""
    if not isinstance(condition, dict):
        return condition
    ((function, arguments),) = condition.items()
    if function == "Ref":
        return values[arguments]
    found = [holds(each, values) for each in arguments]
    if function == "Fn::Not":
        return not found[0]
    if function == "Fn::Equals":
        return found[0] == found[1]
    assert function == "Fn::Contains"
    return found[1] in found[0]


def refusals(**given: str) -> list[str]:
    """The parameters that the descriptions of failed assertions name."""
    values: dict[str, Any] = {name: each.get("Default") for name, each in SOURCE["Parameters"].items()} | given
    for name, each in SOURCE["Parameters"].items():
        if each["Type"] == "CommaDelimitedList":
            values[name] = values[name].split(",")
    return [
        next(word for word in SOURCE["Parameters"] if word in assertion["AssertDescription"])
        for rule in SOURCE["Rules"].values()
        if holds(rule["RuleCondition"], values)
        for assertion in rule["Assertions"]
        if not holds(assertion["Assert"], values)
    ]


def test_prod_refuses_any_origin_any_issuer_and_any_audience() -> None:
    assert refusals() == []
    assert refusals(Environment="prod") == ["AllowedOrigins", "JwtIssuer", "JwtAudience"]
    assert refusals(Environment="prod", **SAFE) == []


@pytest.mark.parametrize("name", SAFE)
def test_prod_refuses_each_open_setting_by_itself(name: str) -> None:
    default = SOURCE["Parameters"][name]["Default"]
    assert refusals(Environment="prod", **SAFE | {name: default}) == [name]
    if name == "AllowedOrigins":
        assert refusals(Environment="prod", **SAFE | {name: "https://learn.example.org,*"}) == [name]


@pytest.mark.parametrize("algorithm", SOURCE["Parameters"]["JwtAlgorithm"]["AllowedValues"])
def test_published_keys_need_their_address(algorithm: str) -> None:
    assert refusals(JwtAlgorithm=algorithm) == ([] if algorithm == "HS256" else ["JwksUrl"])
    assert refusals(JwtAlgorithm=algorithm, JwksUrl="https://auth.example.org/keys") == []
