"""A bar that shows how far a command is. It imports nothing: `packages.py` uses it before anything is installed."""

from typing import TextIO

_BAR = 30  # characters


def show(terminal: TextIO | None, what: str, done: int, total: int) -> None:
    """Draw a bar of what is done, over the one before. Without a terminal, do nothing."""
    if terminal:
        filled = _BAR * done // total if total else _BAR
        terminal.write(f"\r\x1b[K[{'#' * filled}{' ' * (_BAR - filled)}] {done:,} of {total:,} {what}")
        terminal.flush()


def wipe(terminal: TextIO | None) -> None:
    """Remove the bar."""
    if terminal:
        terminal.write("\r\x1b[K")
        terminal.flush()
