"""Our functions as `sam build` leaves them: code and layers."""

import logging
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from local.runtime.process import search_path
from local.template import loader
from local.template.application import Application, Function

logging.getLogger("samtranslator").setLevel(logging.ERROR)  # it warns about metrics that it never sends

ROOT = Path(__file__).parents[2]
BUILT = ROOT / ".aws-sam/build/template.yaml"
STRIPPED = ROOT / ".aws-sam/bench"
SOURCES = ("functions", "layers", "template.yaml")


@cache
def application() -> Application:
    """The built application. Builds it again if a source is newer than the last build."""
    if not BUILT.exists() or BUILT.stat().st_mtime < max(map(_changed, SOURCES)):
        print("Building (make build) …", file=sys.stderr)
        # The build must not see the settings of this process.
        environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MAKEFLAGS")}
        done = subprocess.run(["make", "build"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"make build fails:\n{done.stdout}\n{done.stderr}")
        BUILT.touch()
    return loader.load(BUILT, endpoint_url="http://sqs.invalid")


def authorizer_with_published_keys() -> Function:
    """The authorizer as deployed for RS256 and ES256: it also carries the cryptography layer."""
    application()
    return loader.load(BUILT, {"JwtAlgorithm": "RS256", "JwksUrl": "https://example.org/jwks"}).functions["Authorize"]


def paths(function: Function) -> tuple[Path, ...]:
    """The function's import path, in Lambda's order."""
    return tuple(search_path(function))


def paths_without_pyc(function: Function) -> tuple[Path, ...]:
    """The same without .pyc files. /opt is read-only in Lambda, so each cold start compiles the layers again."""
    code, *layers = search_path(function)
    return code, *map(_stripped, layers)


def _stripped(layer: Path) -> Path:
    copy = STRIPPED / layer.parent.name / layer.name
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(layer, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def _changed(name: str) -> float:
    place = ROOT / name
    files = [place] if place.is_file() else [path for path in place.rglob("*") if "__pycache__" not in path.parts]
    return max(path.stat().st_mtime for path in files)
