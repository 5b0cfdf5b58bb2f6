"""Workflows run pinned actions with the least permissions, and keep no key of AWS."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from tests.commands import shell
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
    look, deploy, smoke, remember, back = (
        step["run"] for step in steps(ROOT / ".github/workflows/deploy.yml") if "run" in step
    )
    assert ("get-parameters" in look, deploy, "make smoke" in smoke) == (True, "make deploy", True)
    assert 'put-parameter --name "$RELEASED"' in remember
    assert back.split() == ["git", "checkout", "--quiet", '"$GOOD"', "make", "deploy"]


@pytest.mark.parametrize(
    ("released", "deployed", "refused"),
    [("", "HEAD", False), ("HEAD", "HEAD", False), ("HEAD~1", "HEAD", False), ("HEAD", "HEAD~1", True)],
    ids=["the first one", "the same again", "a newer one", "an older one"],
)
def test_no_commit_is_deployed_over_a_newer_one(released: str, deployed: str, refused: bool, tmp_path: Path) -> None:
    """Checks of an older commit may end later, and an approval of it may come later."""

    def git(*arguments: str) -> str:
        about = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
        done = subprocess.run(["git", *about, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True)
        return done.stdout

    git("init", "--quiet")
    for number in range(2):
        git("commit", "--quiet", "--allow-empty", "--message", str(number))
    (look,) = (each for each in steps(ROOT / ".github/workflows/deploy.yml") if each.get("id") == "last")
    good = git("rev-parse", released).strip() if released else ""
    (tmp_path / "aws").write_text(f"#!/bin/sh\necho {good}\n")
    (tmp_path / "aws").chmod(0o755)
    environment = shell() | {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "RELEASED": "/laurels-dev/released",
        "GITHUB_SHA": git("rev-parse", deployed).strip(),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
    }
    command = ["bash", "-ec", look["run"]]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, "::error::" in done.stdout) == (int(refused), refused), done.stderr
    assert (tmp_path / "output").read_text() == f"good={good}\n"
