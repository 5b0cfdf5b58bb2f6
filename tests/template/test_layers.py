"""A function carries the layers with the packages that it imports, and no others."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import distribution, packages_distributions
from pathlib import Path
from sys import stdlib_module_names
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.template import project
from tests.template.project import ROOT, FunctionFile

# Packages of the runtime, which need no layer: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html#python-sdk-included
OF_LAMBDA = {"boto3", "botocore"}
LAYERS = sorted(path.parent for path in ROOT.glob("layers/*/requirements.in"))
LAMBDA = {"python_version": "3.13", "sys_platform": "linux", "platform_python_implementation": "CPython"}
# Each layer with the functions that carry it, and the reason. `cryptography` is carried only for PUBLISHED_KEYS.
EVERY_FUNCTION = {file.resource for file in project.function_files()}
RANKING = {"ComputeLeaderboards", "RankPartition", "PlanRanges", "MergeRange", "JoinBoard", "PublishBoards"}
CARRIERS = {
    "shared": (EVERY_FUNCTION, "our code, and the HTTP parser of its AWS client"),
    "dependencies": (EVERY_FUNCTION - {"Authorize"}, "models, logs and metrics, and time zones"),
    "jwt": ({"Authorize"}, "only the authorizer verifies tokens"),
    "cryptography": ({"Authorize"}, "PyJWT needs it for RS256 and ES256; without it PyJWT starts in half the time"),
    "extraction": ({"ExtractText"}, "only this function reads files, and PDFium is larger than all our code"),
    "numpy": (RANKING, "only these functions rank users, and NumPy is larger than all our code"),
    "pillow": ({"ProcessAvatar"}, "only this function decodes pictures, and Pillow is larger than all our code"),
}
PUBLISHED_KEYS: list[dict[str, Any]] = [
    {"JwtAlgorithm": name, "JwksUrl": "https://example.org/jwks"} for name in ("RS256", "ES256")
]
every_algorithm = pytest.mark.parametrize(
    "parameters", [{}, *PUBLISHED_KEYS], ids=lambda parameters: parameters.get("JwtAlgorithm", "HS256")
)


def imported(file: FunctionFile) -> set[str]:
    """The third-party packages that a function imports, directly or indirectly, at start-up or later."""
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
    """The distributions that install a package."""
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
    assert not missing, (
        f"{file.resource} imports {sorted(missing)}: add them to the requirements.in of one of its layers and run "
        "`make lock`, or name the layer that has them in its Layers in template.yaml"
    )


@every_algorithm
def test_each_layer_is_carried_by_the_functions_that_need_it(parameters: dict[str, Any]) -> None:
    functions = project.application(**parameters).functions
    found = {name: {layer.name for layer in function.layers} for name, function in functions.items()}
    others = set().union(*found.values()) - CARRIERS.keys()
    assert not others, f"add {sorted(others)} to CARRIERS in tests/template/test_layers.py, with carriers and reason"
    for layer, (carriers, reason) in CARRIERS.items():
        carried_by = {name for name, layers in found.items() if layer in layers}
        wanted = carriers if layer != "cryptography" or parameters in PUBLISHED_KEYS else set()
        lacking, extra = sorted(wanted - carried_by), sorted(carried_by - wanted)
        or_else = f"in template.yaml ({reason}), or change CARRIERS in tests/template/test_layers.py, with the reason"
        assert not lacking, f"add the layer {layer} to Layers of {lacking} {or_else}"
        assert not extra, f"delete the layer {layer} from Layers of {extra} {or_else}"


@every_algorithm
def test_the_authorizer_carries_only_what_verifies_tokens(parameters: dict[str, Any]) -> None:
    layers = project.application(**parameters).functions["Authorize"].layers
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
    assert wanted in (ROOT / "layers/wheels.mk").read_text(), (
        f"put `{wanted}` into layers/wheels.mk: without it each cold start compiles the layers again"
    )


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
    assert "://" not in text, (
        f"delete the addresses from layers/{layer.name}/requirements.txt: packages come from the index"
    )


@pytest.mark.parametrize("layer", LAYERS, ids=lambda path: path.name)
def test_a_layer_has_all_packages_that_its_packages_need(layer: Path) -> None:
    """Dependencies of its packages are pinned too, in the layer itself or in one that is always carried with it."""
    held = pinned([layer, *((ROOT / "layers/jwt",) if layer.name == "cryptography" else ())])
    needed = {
        _normal(Requirement(text).name)
        for name in held
        for text in distribution(name).requires or []
        if (marker := Requirement(text).marker) is None or marker.evaluate({"extra": "", **LAMBDA})
    }
    assert not needed - held, f"run `make lock`: {layer.name} lacks {sorted(needed - held)}"
