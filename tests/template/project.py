"""The project as the house rules read it: files, modules, their imports, and the template."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from local.contract.openapi import DOCUMENT
from local.template.application import Application, Function
from local.template.loader import load

ROOT = Path(__file__).parents[2]
FUNCTIONS = ROOT / "functions"
LAURELS = ROOT / "layers/shared/laurels"
EVENTS = ROOT / "events"
MODEL = "example.model-v1:0"

# All words that may name a room, including rooms that do not exist yet.
ROOMS = {
    *("authorizer", "service", "profiles", "preferences", "sessions", "avatars", "achievements", "badges", "goals"),
    *("metrics", "stats", "streaks", "leaderboards", "groups", "documents", "privacy", "events"),
}


@dataclass(frozen=True)
class FunctionFile:
    """functions/<room>/<name>.py"""

    room: str
    name: str

    @property
    def path(self) -> Path:
        return FUNCTIONS / self.room / f"{self.name}.py"

    @property
    def resource(self) -> str:
        """`create_goal` is `CreateGoal` in the template."""
        return "".join(word.capitalize() for word in self.name.split("_"))

    @property
    def trigger(self) -> str:
        """The first line of the docstring up to its colon."""
        return first_line(self.path).partition(": ")[0]

    def __str__(self) -> str:
        return f"{self.room}/{self.name}"


@cache
def function_files() -> list[FunctionFile]:
    return [FunctionFile(path.parent.name, path.stem) for path in sorted(FUNCTIONS.glob("*/*.py"))]


@cache
def endpoint_files() -> list[FunctionFile]:
    return [file for file in function_files() if any("Endpoint" in ends for _, ends in imports(file.path))]


@cache
def modules() -> dict[str, Path]:
    """All Python that runs in Lambda, by dotted name: `laurels.goals.service`, `functions.goals.create_goal`."""
    found = {f"functions.{file.room}.{file.name}": file.path for file in function_files()}
    for path in sorted(LAURELS.rglob("*.py")):
        parts = path.relative_to(LAURELS.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def first_line(path: Path) -> str:
    return (ast.get_docstring(tree(path)) or "").partition("\n")[0]


def imports(path: Path) -> list[tuple[str, str]]:
    """The imports of a file, also inside functions, as (module, name). The name of a plain `import module` is empty."""
    found = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found += [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: write absolute imports, relative ones hide where a name comes from"
            found += [(str(node.module), alias.name) for alias in node.names]
    return found


def imported_modules(path: Path) -> set[str]:
    """The modules behind a file's imports: `from laurels import table` is `laurels.table`."""
    known = modules()
    return {
        f"{module}.{name}" if f"{module}.{name}" in known else module for module, name in imports(path) if module
    } - {"laurels"}


def room_of(module: str) -> str:
    """The room of a module: `goals` for `laurels.goals` and `laurels.goals.service`; empty if it has none."""
    parts = module.split(".")
    is_room = parts[0] == "laurels" and len(parts) > 1 and parts[1] != "aws" and (LAURELS / parts[1]).is_dir()
    return parts[1] if is_room else ""


def texts(path: Path) -> list[tuple[int, str]]:
    """The text constants of a file with their lines, including those in f-strings, without docstrings."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    ]


@cache
def application(environment: str = "dev", **parameters: str) -> Application:
    """The template as a deployment with these parameters evaluates it, with everything that parameters add."""
    parameters = {"Environment": environment, "BedrockModelId": MODEL, "BoardsEngine": "distributed", **parameters}
    return load(ROOT / "template.yaml", parameters, region="eu-central-1")


def function_of(file: FunctionFile) -> Function:
    """The template's function for a file."""
    found = application().functions
    assert file.resource in found, (
        f"{file.resource} is not in template.yaml: declare it under the banner `# ---- {file.room} ---`, "
        f"with Handler {file.room}.{file.name}.handler"
    )
    return found[file.resource]


def machines() -> dict[str, dict[str, Any]]:
    """The definitions of the state machines, with the ARNs of functions in place."""
    found = {}
    for name, machine in application().machines.items():
        text = machine.properties["DefinitionString"]
        for placeholder, arn in machine.properties["DefinitionSubstitutions"].items():
            text = text.replace(f"${{{placeholder}}}", arn)
        found[name] = json.loads(text)
    return found


def tasks(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The task states of a state machine, also those inside of maps."""
    for name, state in machine["States"].items():
        if state["Type"] == "Task":
            yield name, state
        elif state["Type"] == "Map":
            yield from tasks(state["ItemProcessor"])


def sample_of(file: FunctionFile) -> dict[str, Any]:
    """The sample event of a function."""
    path = EVENTS / file.room / f"{file.name}.json"
    assert path.exists(), (
        f"{path.relative_to(ROOT)} is missing: write the event that {file.trigger} sends to {file.resource} "
        f"(copy a sample of events/{file.room} and change it)"
    )
    event: dict[str, Any] = json.loads(path.read_bytes())
    return event


def openapi() -> dict[str, Any]:
    """The committed OpenAPI document."""
    document: dict[str, Any] = json.loads(DOCUMENT.read_bytes())
    return document


def operation_of(file: FunctionFile) -> dict[str, Any]:
    """An endpoint's operation in the committed OpenAPI document."""
    found = [each for methods in openapi()["paths"].values() for each in methods.values()]
    operations: list[dict[str, Any]] = [each for each in found if each["operationId"] == file.name]
    assert len(operations) == 1, f"openapi.json has {len(operations)} operations {file.name}: run `make openapi`"
    return operations[0]


def template_text() -> str:
    return (ROOT / "template.yaml").read_text(encoding="utf-8")


def banners() -> dict[str, str]:
    """Each resource of the template with the banner (`# ---- room ---`) above it."""
    found: dict[str, str] = {}
    banner, in_resources = "", False
    for line in template_text().splitlines():
        if re.match(r"\w+:", line):
            in_resources = line == "Resources:"
        elif match := re.fullmatch(r"  # -{4} (.+?) -+", line):
            banner = match[1]
        elif in_resources and (match := re.fullmatch(r"  (\w+):", line)):
            found[match[1]] = banner
    return found


def serverless_functions() -> dict[str, dict[str, Any]]:
    """The functions in the SAM file with their properties, before translation."""
    resources = application().source["Resources"]
    return {
        name: resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
