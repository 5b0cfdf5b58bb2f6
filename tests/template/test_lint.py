"""cfn-lint is content with the SAM file, and with what AWS makes of it."""

import json
from typing import Any

import cfnlint.api
import cfnlint.match
import pytest
from cfnlint.config import ManualArgs
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

from tests.template import project

REGION = "eu-central-1"


class NoManagedPolicies:
    """The translator asks for AWS's managed policies by name; offline it keeps the names."""

    def load(self) -> dict[str, str]:
        return {}


@pytest.fixture(scope="module")
def translated() -> dict[str, Any]:
    """The CloudFormation template that a deployment makes, references and all."""
    document = yaml_parse(project.template_text())
    parameters = {name: str(each["Default"]) for name, each in document["Parameters"].items()}
    document["Globals"]["Function"]["CodeUri"] = "s3://bucket/functions"
    for resource in document["Resources"].values():
        if resource["Type"] == "AWS::Serverless::LayerVersion":
            resource["Properties"]["ContentUri"] = "s3://bucket/layer"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        return dict(transform(document, parameters, NoManagedPolicies()))


def findings(text: str) -> list[cfnlint.match.Match]:
    found: list[cfnlint.match.Match] = cfnlint.api.lint(text, config=ManualArgs(regions=[REGION]))
    return found


def test_the_sam_file_is_clean() -> None:
    assert findings(project.template_text()) == []


def test_the_translated_template_is_clean(translated: dict[str, Any]) -> None:
    assert findings(json.dumps(translated, indent=1)) == []


def test_the_translated_template_is_far_from_the_limit_of_resources(translated: dict[str, Any]) -> None:
    assert len(translated["Resources"]) < 400, "CloudFormation takes 500 in one stack"
