"""Whatever invokes a function names its alias, and whatever a deployment changes in it publishes a new version."""

import json
import re
from typing import Any

import pytest

from local.template import loader
from tests.template import project

APP = project.application()
# The authorizer reads longer settings than a description holds; the template says so.
PUBLISHED = sorted(project.serverless_functions().keys() - {"Authorize"})
INVOKERS = ("AWS::Lambda::EventSourceMapping", "AWS::Lambda::Permission", "AWS::Events::Rule", "AWS::ApiGatewayV2::Api")


def another(about: dict[str, Any]) -> str:
    """A value for a parameter that is not its default."""
    if "AllowedValues" in about:
        return str(about["AllowedValues"][-1])
    return str(about["Default"] + 1) if about["Type"] == "Number" else "https://another.example"


def differing(one: dict[str, Any], other: dict[str, Any], kind: str) -> set[str]:
    """The functions for which the resources of that kind differ between two deployments."""
    found = [{name: each["Properties"] for name, each in app.items() if each["Type"] == kind} for app in (one, other)]
    names = {name for name in found[0] | found[1] if found[0].get(name) != found[1].get(name)}
    return {re.sub(r"Version\w{10}$", "", name) for name in names}


@pytest.mark.parametrize("name", APP.source["Parameters"])
def test_a_changed_parameter_publishes_the_functions_that_it_changes_and_no_others(name: str) -> None:
    value = another(APP.source["Parameters"][name])
    before, after = (loader.load(project.ROOT / "template.yaml", each).resources for each in ({}, {name: value}))
    published = differing(before, after, "AWS::Lambda::Version")
    changed = differing(before, after, "AWS::Lambda::Function") & set(PUBLISHED)
    assert published == changed, "name it in the VersionDescriptions of just these; there is nothing else to publish"


@pytest.mark.parametrize("name", PUBLISHED)
def test_layers_are_references_that_sam_can_follow_to_publish_what_a_new_one_changes(name: str) -> None:
    layers = [*APP.source["Globals"]["Function"]["Layers"], *project.serverless_functions()[name].get("Layers", [])]
    assert all(list(layer) == ["Ref"] for layer in layers)
    assert APP.source["Globals"]["LayerVersion"]["PublishLambdaVersion"] is True


def test_all_that_is_published_is_invoked_by_its_alias_only() -> None:
    invokers = [each["Properties"] for each in APP.resources.values() if each["Type"] in INVOKERS]
    arns = set(re.findall(r"arn:aws:lambda:[\w-]+:\d+:function:[\w:-]+", json.dumps(invokers)))
    assert arns == {
        APP.functions["Authorize"].arn,
        *(f"{function.arn}:live" for name, function in APP.functions.items() if name in PUBLISHED),
    }


@pytest.mark.parametrize("choice", ["None", "PublishedVersions"])
def test_snapshots_are_taken_when_a_parameter_says_so(choice: str) -> None:
    app = loader.load(project.ROOT / "template.yaml", {"SnapStart": choice})
    settings = {name: app.resources[name]["Properties"].get("SnapStart") for name in app.functions}
    assert settings.pop("Authorize") is None
    assert settings == {name: {"ApplyOn": choice} for name in PUBLISHED}


def test_a_version_is_deleted_when_nothing_invokes_it_any_more() -> None:
    versions = [each for each in APP.resources.values() if each["Type"] == "AWS::Lambda::Version"]
    assert len(versions) == len(PUBLISHED)
    assert {each["DeletionPolicy"] for each in versions} == {"Delete"}


def test_descriptions_are_as_short_as_lambda_asks() -> None:
    longest = {name: "x" * int(about.get("MaxLength", 20)) for name, about in APP.source["Parameters"].items()}
    for name in PUBLISHED:
        text = project.serverless_functions()[name]["VersionDescription"]["Fn::Sub"]
        assert len(re.sub(r"\$\{(\w+)\}", lambda match: longest[match[1]], text)) <= 256
