"""The packages of each peer, installed into a folder of its own, like a Lambda layer."""

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
CODE = HERE / "peers"
PINS = CODE / "requirements.txt"
HOME = HERE.parents[1] / ".venv/bench"
VERSION = "3.13"  # of the functions' runtime

PACKAGES = {
    "floor": ["boto3"],
    "plain": ["boto3"],
    "powertools": ["aws-lambda-powertools", "aws-xray-sdk", "boto3", "pydantic"],
    "fastapi": ["fastapi", "mangum", "boto3", "uvicorn"],
    "seed": ["fastapi", "mangum", "sqlalchemy", "asyncpg", "greenlet"],
    "runtime": ["awslambdaric"],
}


@cache
def interpreter() -> str:
    """The Python that runs all contestants: the version of the functions, without other installed packages."""
    for candidate in (sys.base_prefix + f"/bin/python{VERSION}", shutil.which(f"python{VERSION}")):
        if candidate and Path(candidate).exists():
            return candidate
    raise SystemExit(f"The bench runs functions as Lambda does, on Python {VERSION}. Install it first.")


@cache
def layer(peer: str) -> Path:
    """The folder of the peer's packages. Installs them if the folder is missing or the pins have changed."""
    folder = HOME / peer
    done = folder / ".installed"
    if not done.exists() or done.read_text() != PINS.read_text():
        shutil.rmtree(folder, ignore_errors=True)
        pip = _pip()
        print(f"Installing the peer {peer} …", file=sys.stderr)
        command = [*pip, "--target", str(folder), "--constraint", str(PINS), *PACKAGES[peer]]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode:
            raise SystemExit(f"The peer {peer} cannot be installed:\n{result.stderr}")
        done.write_text(PINS.read_text())
    return folder


@cache
def _pip() -> list[str]:
    if not (HOME / "bin/pip").exists():
        subprocess.run([interpreter(), "-m", "venv", HOME], check=True)
    return [str(HOME / "bin/pip"), "install", "--quiet", "--disable-pip-version-check"]
