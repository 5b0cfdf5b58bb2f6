"""A TypeScript client with types from openapi.json makes the calls of the README's tour against the service."""

import json
import shutil
import subprocess
import uuid
from pathlib import Path

import pytest

from local.contract.openapi import DOCUMENT
from tests.e2e.conftest import Service

FOLDER = Path(__file__).parent / "typescript"
MODULES = FOLDER / "node_modules"
INSTALL = "npm ci --prefix tests/e2e/typescript"

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        not (MODULES / "openapi-fetch").is_dir() or not shutil.which("node"),
        reason=f"openapi-typescript is not installed: the TypeScript client is not tested ({INSTALL})",
    ),
]


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(["node", *command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the compiled tour. Nothing is written into the project."""
    folder = tmp_path_factory.mktemp("typescript")
    (folder / "node_modules").symlink_to(MODULES.resolve())
    for name in ("package.json", "tour.ts"):
        shutil.copy(FOLDER / name, folder)
    generator = f"{MODULES}/openapi-typescript/bin/cli.js"
    run(folder, generator, str(DOCUMENT), "--default-non-nullable=false", "--output", "api.d.ts")
    options = ["--strict", "--noUncheckedIndexedAccess", "--target", "es2022", "--module", "nodenext"]
    run(folder, f"{MODULES}/typescript/bin/tsc", *options, "tour.ts")
    return folder


def test_the_tour_compiles_and_runs(compiled: Path, stack: Service) -> None:
    learner = f"ada-{uuid.uuid4()}"
    draft = {"code": "0-typed-catalogue", "points": 5, "translations": {"en": {"title": "T"}, "ru": {"title": "Типы"}}}
    assert stack.call("POST", "/achievements", stack.admin(), draft).status in (201, 409)
    tokens = stack.token(learner), stack.service()
    found = json.loads(run(compiled, "tour.js", stack.url, learner, *tokens))
    assert learner in found.pop("found")
    assert "Типы" in found.pop("titles")
    assert isinstance(found.pop("places"), int)
    assert isinstance(found.pop("users"), int)
    assert found == {
        "user_id": learner,
        "timezone": "Europe/London",
        "award": ["typed", False],
        "event_id": "hw-1",
        "checked_in_today": True,
        "points": 10,
        "forbidden": "forbidden",
        "unauthorized": "Unauthorized",
    }
    stack.drain()
    assert stack.call("GET", f"/users/{learner}/stats", tokens[0]).json()["counters"]["homeworks_completed"] == 1


def test_a_field_that_the_document_does_not_have_does_not_compile(compiled: Path) -> None:
    wrong = (FOLDER / "tour.ts").read_text(encoding="utf-8").replace("points: stats.points", "points: stats.scores")
    (compiled / "wrong.ts").write_text(wrong, encoding="utf-8")
    command = ["node", f"{MODULES}/typescript/bin/tsc", "--strict", "--noEmit", "--module", "nodenext", "wrong.ts"]
    done = subprocess.run(command, cwd=compiled, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "scores" in done.stdout
