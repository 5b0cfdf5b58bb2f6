"""Our functions as `sam build` leaves them, with their layers unpacked as Lambda unpacks them."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from local import template
from local.application import Application, Function
from local.process import search_path
from tests.bench import peer_layers

ROOT = Path(__file__).parents[2]
BUILT = ROOT / ".aws-sam/build/template.yaml"
UNPACKED = ROOT / ".aws-sam/bench"
SOURCES = ("functions", "layers", "template.yaml")


@cache
def application() -> Application:
    """The built application; built anew if a source is younger than the last build."""
    if not BUILT.exists() or BUILT.stat().st_mtime < max(map(_changed, SOURCES)):
        print("Building (make build) …", file=sys.stderr)
        # Not in the tree's own process: the build wants none of this one's settings.
        environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MAKEFLAGS")}
        subprocess.run(["make", "build"], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
        BUILT.touch()
    return template.load(BUILT, endpoint_url="http://sqs.invalid")


def paths(function: Function, *, compiled: bool = True) -> tuple[Path, ...]:
    """Where the function's imports are found, its own code first. `compiled`: with `.pyc` whether or not it has any."""
    code, *layers = search_path(function)
    return code, *(_unpacked(layer, compiled) for layer in layers)


@cache
def ships_pyc(layer: Path) -> bool:
    return any(layer.rglob("*.pyc"))


@cache
def _unpacked(layer: Path, compiled: bool) -> Path:
    """A copy of the layer. In Lambda /opt is read-only, so what has no `.pyc` is compiled at every cold start."""
    if ships_pyc(layer) or not compiled:
        return layer
    copy = UNPACKED / layer.parent.name / layer.name
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(layer, copy)
    # By the functions' own Python; and none that look at the source's time: a zip does not keep it.
    command = [peer_layers.interpreter(), "-m", "compileall", "-qq", "--invalidation-mode", "unchecked-hash", copy]
    subprocess.run(command, check=True)
    return copy


def _changed(name: str) -> float:
    place = ROOT / name
    files = [place] if place.is_file() else [path for path in place.rglob("*") if "__pycache__" not in path.parts]
    return max(path.stat().st_mtime for path in files)
