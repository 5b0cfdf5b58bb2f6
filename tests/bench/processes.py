"""Processes of Python that a part of the bench starts to measure them."""

import os
from pathlib import Path

# This imports nothing else: what is measured would hold it, too.
ROOT = Path(__file__).parents[2]


def environment() -> dict[str, str]:
    """Return the environment of a process that runs our code against a stub of AWS."""
    return os.environ | {
        "PYTHONPATH": f"{ROOT / 'layers/shared'}{os.pathsep}{ROOT}",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_REGION": "us-east-1",
        "TABLE_NAME": "laurels",
        "BUCKET_NAME": "laurels",
    }


def peak_mb() -> float:
    """Return the most memory that the present process has taken, in MiB. `ru_maxrss` would be that of its parent, if
    that had more."""
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024
