"""A function carries the packages that it imports, and the authorizer nothing that only endpoints need."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from sys import stdlib_module_names
from typing import Any

import pytest

from local.template import loader
from tests.template import project
from tests.template.project import ROOT, FunctionFile

# What is there without a layer: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html#python-sdk-included
OF_LAMBDA = {"boto3", "botocore"}
ALGORITHMS: list[dict[str, Any]] = [
    {},
    *({"JwtAlgorithm": name, "JwksUrl": "https://example.org/jwks"} for name in ("RS256", "ES256")),
]


def imported(file: FunctionFile) -> set[str]:
    """The packages of others that a function imports, directly or through what it imports, at once or later."""
    waiting, seen = [f"functions.{file.room}.{file.name}"], set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            known = project.modules().get(name)
            waiting += project.imported_modules(known) if known else []
    packages = {name.partition(".")[0] for name in seen if name not in project.modules()}
    return packages - stdlib_module_names - {"laurels", "functions"}


def pinned(layers: Iterable[Path]) -> set[str]:
    """What the layers' requirements name."""
    files = [layer / "requirements.txt" for layer in layers if (layer / "requirements.txt").exists()]
    return {_normal(name) for file in files for name in re.findall(r"^([\w.-]+)==", file.read_text(), re.MULTILINE)}


def distributions(package: str) -> set[str]:
    """What to install for a package."""
    return {_normal(name) for name in _installed()[package]}


@cache
def _installed() -> Mapping[str, list[str]]:
    return packages_distributions()


def _normal(name: str) -> str:
    """https://packaging.python.org/en/latest/specifications/name-normalization/"""
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("file", project.function_files(), ids=str)
def test_a_function_s_layers_hold_what_it_imports(file: FunctionFile) -> None:
    held = pinned(project.function_of(file).layers)
    missing = {name for name in imported(file) - OF_LAMBDA if not distributions(name) & held}
    assert not missing, f"{file.resource} imports {sorted(missing)}, which none of its layers has"


@pytest.mark.parametrize("parameters", ALGORITHMS, ids=lambda parameters: parameters.get("JwtAlgorithm", "HS256"))
def test_the_authorizer_carries_only_what_verifies_tokens(parameters: dict[str, Any]) -> None:
    layers = loader.load(ROOT / "template.yaml", parameters).functions["Authorize"].layers
    expected = {"pyjwt", "httptools"} | ({"cryptography"} if parameters else set())
    assert pinned(layers) == expected
    assert ROOT / "layers/shared" in layers


@pytest.mark.parametrize("makefile", sorted(ROOT.glob("layers/*/Makefile")), ids=lambda path: path.parent.name)
def test_a_layer_is_compiled_ahead_as_it_will_lie_in_lambda(makefile: Path) -> None:
    wanted = '-m compileall -q --invalidation-mode unchecked-hash -s "$(ARTIFACTS_DIR)" -p /opt'
    assert wanted in makefile.read_text(), "else each cold start compiles anew, or tracebacks name no file"
