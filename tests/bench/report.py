"""A part's result as a table, for a terminal and for the documents beside this file."""

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

DOCUMENTS = sorted(Path(__file__).parent.glob("*.md"))


@dataclass(frozen=True)
class Table:
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    notes: Sequence[str] = field(default_factory=list)

    def text(self) -> str:
        cells = self._cells()
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = [
            "  ".join((str.rjust if number else str.ljust)(row[number], width) for number, width in enumerate(widths))
            for row in cells
        ]
        return "\n".join([f"\n{self.title}", *lines, *(f"  {note}" for note in self.notes)])

    def markdown(self) -> str:
        head, *rows = self._cells()
        rule = ["---", *("---:" for _ in head[1:])]
        lines = [f"| {' | '.join(row)} |" for row in (head, rule, *rows)]
        return "\n".join([f"\n**{self.title}**\n", *lines, *(f"\n{note}" for note in self.notes)])

    def _cells(self) -> list[list[str]]:
        return [list(self.columns), *([_cell(value) for value in row] for row in self.rows)]


def _cell(value: object) -> str:
    if isinstance(value, float) and value != int(value):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"
    return "" if value is None else f"{value:,.0f}" if isinstance(value, int | float) else str(value)


def write(part: str, tables: Sequence[Table], taken: str, documents: Sequence[Path] = tuple(DOCUMENTS)) -> None:
    """Replace the part's tables in the document that has its markers; the prose around them stays.

    `taken`: date and machine. Raises ValueError unless one document has the part's two markers, once.
    """
    begin, end = markers(part)
    pattern = re.compile(f"{re.escape(begin)}\n.*?{re.escape(end)}\n", re.DOTALL)
    block = "\n".join([begin, "", taken, *(table.markdown() for table in tables), "", end, ""])
    texts = {document: document.read_text(encoding="utf-8") for document in documents}
    places = [document for document, text in texts.items() for _ in pattern.finditer(text)]
    if len(places) != 1:
        raise ValueError(
            f"{', '.join(map(str, documents))}: need the lines {begin} and {end} once, for the tables of {part}"
        )
    places[0].write_text(pattern.sub(lambda _: block, texts[places[0]]), encoding="utf-8")


def markers(part: str) -> tuple[str, str]:
    """The lines before and after the part's tables."""
    return f"<!-- {part}: written by `make bench` -->", f"<!-- end of {part} -->"


def machine() -> str:
    """Date, processor, cores, Python."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines(Path("/proc/cpuinfo")) if line.startswith("model name")),
        platform.processor() or platform.machine(),
    )
    cores, load = os.cpu_count(), os.getloadavg()[0]
    day = datetime.now(UTC).date().isoformat()
    return f"{day} · {model}, {cores} cores · Python {platform.python_version()} · load {load:.1f} before the run"


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []
