"""A function carries the packages that it imports, and the authorizer nothing that only endpoints need."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import distribution, packages_distributions
from pathlib import Path
from sys import stdlib_module_names
from typing import Any

import pytest
from packaging.requirements import Requirement

from local.template import loader
from tests.template import project
from tests.template.project import ROOT, FunctionFile

# What is there without a layer: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html#python-sdk-included
OF_LAMBDA = {"boto3", "botocore"}
LAYERS = sorted(path.parent for path in ROOT.glob("layers/*/requirements.in"))
LAMBDA = {"python_version": "3.13", "sys_platform": "linux", "platform_python_implementation": "CPython"}
# Each layer with the functions that carry it, and the reason.
EVERY_FUNCTION = {file.resource for file in project.function_files()}
CARRIERS = {
    "shared": (EVERY_FUNCTION, "our code, and the HTTP parser of its AWS client"),
    "dependencies": (EVERY_FUNCTION - {"Authorize"}, "models, logs and metrics, and time zones"),
    "jwt": ({"Authorize"}, "only the authorizer verifies tokens"),
    "pillow": ({"ProcessAvatar"}, "only this function decodes pictures, and Pillow is larger than all our code"),
}
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
    """The packages that the layers install."""
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


def test_each_layer_is_carried_by_the_functions_that_need_it() -> None:
    functions = project.application().functions
    found = {name: {layer.name for layer in function.layers} for name, function in functions.items()}
    carriers = {layer: {name for name, layers in found.items() if layer in layers} for layer in CARRIERS}
    wrong = {layer: sorted(carriers[layer] ^ wanted) for layer, (wanted, _) in CARRIERS.items()}
    wrong = {layer: names for layer, names in wrong.items() if names}
    assert not wrong, f"change Layers in template.yaml, or CARRIERS here with the reason: {wrong}"
    others = set().union(*found.values()) - CARRIERS.keys()
    assert not others, f"name these layers in CARRIERS, with the functions that carry them and the reason: {others}"


@pytest.mark.parametrize("parameters", ALGORITHMS, ids=lambda parameters: parameters.get("JwtAlgorithm", "HS256"))
def test_the_authorizer_carries_only_what_verifies_tokens(parameters: dict[str, Any]) -> None:
    layers = loader.load(ROOT / "template.yaml", parameters).functions["Authorize"].layers
    expected = {"pyjwt", "httptools"} | ({"cryptography", "cffi", "pycparser"} if parameters else set())
    assert pinned(layers) == expected
    assert ROOT / "layers/shared" in layers


@pytest.mark.parametrize("layer", LAYERS, ids=lambda path: path.name)
def test_a_layer_is_built_by_the_one_makefile(layer: Path) -> None:
    makefile = layer / "Makefile"
    assert makefile.is_symlink(), f"make {makefile.relative_to(ROOT)} a link to ../wheels.mk"
    assert makefile.resolve() == ROOT / "layers/wheels.mk"


def test_layers_are_compiled_ahead_as_they_will_lie_in_lambda() -> None:
    wanted = '-m compileall -q --invalidation-mode unchecked-hash -s "$(ARTIFACTS_DIR)" -p /opt'
    assert wanted in (ROOT / "layers/wheels.mk").read_text(), "else each cold start compiles anew"


@pytest.mark.parametrize("layer", LAYERS, ids=lambda path: path.name)
def test_a_layer_s_packages_are_pinned_with_hashes(layer: Path) -> None:
    text = (layer / "requirements.txt").read_text()
    requirements = [line for line in re.split(r"(?<!\\)\n", text) if line and not line.startswith("#")]
    loose = [
        line for line in requirements if not re.match(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line, re.DOTALL)
    ]
    assert not loose, f"run `make lock`: not pinned with a hash in {layer.name}: {loose}"
    wanted = re.findall(r"^[\w.\[\]-]+==\S+$", (layer / "requirements.in").read_text(), re.MULTILINE)
    missing = [line for line in wanted if not re.search(rf"^{re.escape(line.lower())} ", text.lower(), re.MULTILINE)]
    assert not missing, f"run `make lock`: {layer.name}/requirements.txt lacks {missing}"
    assert "://" not in text, "no download addresses in a requirements file"


@pytest.mark.parametrize("layer", LAYERS, ids=lambda path: path.name)
def test_a_layer_has_all_packages_that_its_packages_need(layer: Path) -> None:
    """What its packages need is pinned too, there or in a layer that is carried along with it."""
    held = pinned([layer, *((ROOT / "layers/jwt",) if layer.name == "cryptography" else ())])
    needed = {
        _normal(Requirement(text).name)
        for name in held
        for text in distribution(name).requires or []
        if (marker := Requirement(text).marker) is None or marker.evaluate({"extra": "", **LAMBDA})
    }
    assert not needed - held, f"run `make lock`: {layer.name} lacks {sorted(needed - held)}"
