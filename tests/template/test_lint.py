"""cfn-lint finds nothing in the SAM file, nor in the translated template. `make check` runs the same checks."""

import json
from typing import Any

import cfnlint.api
import cfnlint.match
import pytest
from cfnlint.config import ManualArgs

from local.template import loader
from tests.template import project

REGION = "eu-central-1"
MOST_RESOURCES = 400


@pytest.fixture(scope="module")
def translated() -> dict[str, Any]:
    """The CloudFormation template that a deployment makes, with its references."""
    return loader.translate(project.ROOT / "template.yaml", region=REGION)


def findings(text: str) -> list[cfnlint.match.Match]:
    found: list[cfnlint.match.Match] = cfnlint.api.lint(text, config=ManualArgs(regions=[REGION]))
    return found


@pytest.mark.slow
def test_the_sam_file_is_clean() -> None:
    assert findings(project.template_text()) == []


@pytest.mark.slow
def test_the_translated_template_is_clean(translated: dict[str, Any]) -> None:
    assert findings(json.dumps(translated, indent=1)) == []


def test_the_translated_template_is_far_below_the_limit_of_resources(translated: dict[str, Any]) -> None:
    """All of them, whatever their conditions; CloudFormation allows 500 per stack."""
    left = MOST_RESOURCES - len(translated["Resources"])
    print(f"{left} resources are left of {MOST_RESOURCES}: {left // 3} endpoints")
    assert left > 0, f"split template.yaml: it has {-left} resources too many"
