"""A PostgreSQL server for the peer that needs one: a new cluster in a temporary folder."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MISSING = 'PostgreSQL is not installed (Debian: apt-get install postgresql): the peer "seed" is left out.'


@contextmanager
def running() -> Iterator[str | None]:
    """The server's URL for SQLAlchemy with asyncpg; None, and a warning, if PostgreSQL is not installed."""
    programs = _programs()
    if programs is None:
        print(f"!!! {MISSING}", file=sys.stderr)
        yield None
        return
    # PostgreSQL refuses to run as root; Debian's package creates the user postgres.
    us = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="bench-postgres-") as folder:
        if us:
            shutil.chown(folder, "postgres")
        data, port = f"{folder}/data", _free_port()
        control = [*us, f"{programs}/pg_ctl", "--pgdata", data, "--silent", "--wait"]
        quiet: dict[str, Any] = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder}
        subprocess.run([*us, f"{programs}/initdb", "--pgdata", data, "--username", "bench", "--auth", "trust"], **quiet)
        options = f"-p {port} -h 127.0.0.1 -k {folder}"
        subprocess.run([*control, "-o", options, "-l", f"{folder}/log", "start"], **quiet)
        try:
            yield f"postgresql+asyncpg://bench@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **quiet)


def _programs() -> Path | None:
    """The folder of the server's programs. Debian has one per version, outside of PATH."""
    if found := sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        return found[-1].parent
    found_here = shutil.which("initdb")
    return Path(found_here).parent if found_here else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
