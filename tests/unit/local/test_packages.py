"""Installing packages: what the bar shows while pip works, and what is said if it fails."""

import io
import stat
from pathlib import Path

import pytest

from local import packages


def program(folder: Path, *said: str, code: int = 0) -> str:
    """A program in place of the interpreter: it says these lines, as pip would, and ends."""
    file = folder / "python"
    lines = "".join(f"echo '{line}'\n" for line in said)
    file.write_text(f"#!/bin/sh\n{lines}exit {code}\n", encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return str(file)


def pins(folder: Path, text: str) -> Path:
    file = folder / "requirements.txt"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_bar_counts_packages_out_of_those_that_are_pinned(tmp_path: Path) -> None:
    file = pins(tmp_path, "# libraries\nfirst==1.0 \\\n    --hash=sha256:00\nsecond[extra]==2.0\nthird==3\n")
    said = (
        "Collecting first==1.0",
        "  Downloading first.whl",
        "Requirement already satisfied: second",
        "Installing all",
    )
    terminal = io.StringIO()
    packages.install(program(tmp_path, *said), [file], terminal)
    bars = [bar.partition("] ")[2] for bar in terminal.getvalue().split("\r\x1b[K") if bar]
    assert bars == [
        "1 of 3 packages",
        "1 of 3 packages",
        "2 of 3 packages",
        "2 of 3 packages, being unpacked",
    ]


def test_packages_that_the_files_do_not_pin_are_counted_without_a_bar(tmp_path: Path) -> None:
    said, terminal = ("Collecting a==1", "Collecting b", "Requirement already satisfied: b in here"), io.StringIO()
    packages.install(program(tmp_path, *said), [pins(tmp_path, "a==1\n")], terminal)
    bars = [bar.partition("] ")[2] or bar for bar in terminal.getvalue().split("\r\x1b[K") if bar]
    assert bars == ["1 of 1 packages", "2 packages", "2 packages"]


def test_a_failure_says_what_pip_said_last(tmp_path: Path) -> None:
    with pytest.raises(packages.InstallError, match="ERROR: there is no such version"):
        packages.install(program(tmp_path, "ERROR: there is no such version", code=1), [pins(tmp_path, "a==1\n")])
