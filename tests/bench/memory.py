"""The most memory that a process has taken, for the parts that measure a process of their own."""

from pathlib import Path


def peak_mb() -> float:
    """Return that of the present process, in MiB. `ru_maxrss` would be that of its parent, if that had more."""
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024
