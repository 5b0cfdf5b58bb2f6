"""What `make build` makes: libraries for the processor that was asked for, and bytecode of its own alone."""

import os
from pathlib import Path

import pytest

from tests.deployment.build import STRAY

pytestmark = [
    pytest.mark.deployed,
    pytest.mark.timeout(1800),
    pytest.mark.skipif("DEPLOY_EMULATOR" not in os.environ, reason="builds are not tested (make deploy-emulator)"),
]

MACHINES = {"x86_64": 62, "arm64": 183}  # e_machine of an ELF file


@pytest.mark.parametrize("architecture", MACHINES)
def test_the_libraries_are_for_the_processor_that_was_asked_for(builds: dict[str, Path], architecture: str) -> None:
    files = [path.read_bytes() for path in builds[architecture].rglob("*.so*") if path.is_file()]
    assert {file[:4] for file in files} == {b"\x7fELF"}
    assert {int.from_bytes(file[18:20], "little") for file in files} == {MACHINES[architecture]}


@pytest.mark.parametrize("architecture", MACHINES)
def test_bytecode_beside_the_source_is_not_in_the_build(builds: dict[str, Path], architecture: str) -> None:
    build = builds[architecture]
    source = build.parents[1]
    assert (source / "layers/shared/laurels/__pycache__/keys.cpython-313.pyc").read_bytes() == STRAY
    bytecode = {path: path.read_bytes() for path in build.rglob("*.pyc")}
    assert {path.suffixes[0] for path in bytecode} == {".cpython-313"}
    assert [path for path, content in bytecode.items() if content == STRAY] == []
    assert build / "SharedLayer/python/laurels/__pycache__/keys.cpython-313.pyc" in bytecode
