"""A bar that shows how far a command is. It imports nothing: `packages.py` uses it before anything is installed."""

from typing import TextIO

_BAR = 30  # characters


def show(terminal: TextIO | None, what: str, done: int, total: int | None) -> None:
    """Draw a bar of what is done, over the one before; a number alone if the total is not known. Without a terminal, do
    nothing."""
    if terminal:
        terminal.write(f"\r\x1b[K{done:,} {what}" if total is None else f"\r\x1b[K{_bar(done, total)} {what}")
        terminal.flush()


def _bar(done: int, total: int) -> str:
    filled = _BAR * done // total if total else _BAR
    return f"[{'#' * filled}{' ' * (_BAR - filled)}] {done:,} of {total:,}"


def wipe(terminal: TextIO | None) -> None:
    """Remove the bar."""
    if terminal:
        terminal.write("\r\x1b[K")
        terminal.flush()
