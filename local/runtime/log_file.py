"""The log of everything that runs here."""

import threading
import time
from pathlib import Path


class LogFile:
    """A log with one line each, and the line's source in front."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._file = path.open("w", encoding="utf-8", errors="backslashreplace", buffering=1)

    def __call__(self, who: str, line: str) -> None:
        with self._lock:
            if not self._file.closed:
                self._file.write(f"{time.strftime('%H:%M:%S')} {who}: {line}\n")

    def close(self) -> None:
        with self._lock:
            self._file.close()
