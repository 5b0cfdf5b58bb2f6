"""Installing pinned packages with pip, with a bar of how far it is.

`make` runs it before anything is installed, so it imports the standard library alone:
`python3 -m local.packages .venv/bin/python requirements-dev.txt`.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TextIO

from local import progress

_FOUND = re.compile(r"(?:Collecting|Requirement already satisfied:) ([\w.-]+)")
_PIN = re.compile(r"^[\w.\[\]-]+==", re.MULTILINE)
_LINES = 20  # of pip's output that an error shows


class InstallError(Exception):
    """pip has failed; the message is the end of its output."""


def install(python: str, files: list[Path], terminal: TextIO | None = None) -> None:
    """Install the packages that the files pin, into the environment of that interpreter. Raises InstallError.

    If a file has hashes, pip demands them of all packages.
    """
    command = [python, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar=off"]
    command += [f"--requirement={file}" for file in files]
    pinned = sum(len(_PIN.findall(file.read_text(encoding="utf-8"))) for file in files)
    said: list[str] = []
    found: set[str] = set()
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    pip = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", env=environment
    )
    with pip:
        for line in pip.stdout or ():
            said.append(line)
            found.update(_FOUND.findall(line))
            what = "packages, being unpacked" if line.startswith("Installing ") else "packages"
            # Not every file pins what its packages need.
            progress.show(terminal, what, len(found), pinned if len(found) <= pinned else None)
    progress.wipe(terminal)
    if pip.returncode:
        raise InstallError("".join(said[-_LINES:]).strip())


if __name__ == "__main__":
    try:
        install(sys.argv[1], [Path(name) for name in sys.argv[2:]], sys.stderr if sys.stderr.isatty() else None)
    except InstallError as failure:
        sys.exit(str(failure))
