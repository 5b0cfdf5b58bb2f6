"""Workflows run pinned actions with the least permissions, and keep no key of AWS."""

import re
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from tests.template.project import ROOT

FILES = sorted((ROOT / ".github/workflows").glob("*.yml"))
every_workflow = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def jobs(path: Any) -> dict[str, Any]:
    found: dict[str, Any] = yaml_parse(path.read_text(encoding="utf-8"))["jobs"]
    return found


def steps(path: Any) -> list[dict[str, Any]]:
    return [step for job in jobs(path).values() for step in job.get("steps", [])]


@every_workflow
def test_actions_are_pinned_by_commit_and_name_their_version(path: Any) -> None:
    for line in re.findall(r"uses: (?!\./)(.+)", path.read_text(encoding="utf-8")):
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v[\d.]+", line), f"{path.name}: pin {line} by its commit"


@every_workflow
def test_a_workflow_may_only_read_unless_a_job_says_why(path: Any) -> None:
    whole = yaml_parse(path.read_text(encoding="utf-8"))
    assert whole["permissions"] == {"contents": "read"}
    with_more = {name for name, job in whole["jobs"].items() if "permissions" in job}
    assert with_more == {"ci": set(), "delivery": {"dev", "prod"}, "deploy": {"deploy"}}[path.stem]


@every_workflow
def test_no_long_lived_key_of_aws_is_used(path: Any) -> None:
    text = path.read_text(encoding="utf-8").lower()
    assert "aws_secret_access_key" not in text
    assert "aws-secret-access-key" not in text
    for step in steps(path):
        if "configure-aws-credentials" in step.get("uses", ""):
            assert step["with"].keys() == {"role-to-assume", "aws-region"}


@every_workflow
def test_what_others_can_write_is_never_part_of_a_script(path: Any) -> None:
    for step in steps(path):
        assert "${{" not in step.get("run", ""), f"{path.name}: hand values to scripts in `env`"


def test_prod_follows_dev_which_follows_all_checks() -> None:
    delivery = jobs(ROOT / ".github/workflows/delivery.yml")
    assert (delivery["prod"]["needs"], delivery["dev"]["needs"]) == ("dev", "check")
    assert delivery["check"]["uses"].endswith("/ci.yml")
    assert [delivery[name]["with"]["environment"] for name in ("dev", "prod")] == ["dev", "prod"]
    assert (ROOT / ".ci/run").read_text(encoding="utf-8").rstrip().endswith("make check test")


def test_a_deployment_is_tested_and_goes_back_if_the_test_fails() -> None:
    runs = [step["run"] for step in steps(ROOT / ".github/workflows/deploy.yml") if "run" in step]
    assert [next(word for word in ("make deploy", "make smoke", "git tag") if word in run) for run in runs[:3]] == [
        "make deploy",
        "make smoke",
        "git tag",
    ]
    assert "git checkout" in runs[3]
    assert "make deploy" in runs[3]
