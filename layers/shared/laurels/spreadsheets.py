"""Tables as CSV (RFC 4180), which spreadsheets open and do not run."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

CSV = "text/csv"
_JSON = "application/json"
# A cell that begins like this is a formula to a spreadsheet; the wide forms in East Asian ones.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = re.compile("[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_RANGE = re.compile(r"([^;\s]+)(?:.*?;\s*q=([01](?:\.\d{0,3})?))?.*", re.DOTALL)


class CsvFile(NamedTuple):
    """A table as bytes in UTF-8, and the file's name."""

    content: bytes
    name: str

    @property
    def headers(self) -> dict[str, str]:
        disposition = f'attachment; filename="{self.name}"'
        return {"content-type": f"{CSV}; charset=utf-8", "content-disposition": disposition}


class Accept(NamedTuple):
    """The media types that the client accepts (`Accept`); empty without the header."""

    header: str

    @property
    def csv(self) -> bool:
        """True if the client prefers CSV to JSON."""
        return _quality(self.header, CSV) > _quality(self.header, _JSON)


Cell = str | int | float | None


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> CsvFile:
    """Return a table with a header. Lines end with CR LF; None is an empty cell.

    A text that a spreadsheet would run begins with an apostrophe. The mark at the beginning (BOM) lets Excel know that
    it is UTF-8.
    """
    import csv  # every endpoint loads this module, and few need these
    import io

    written = io.StringIO(newline="")
    table = csv.writer(written)
    table.writerow(header)
    table.writerows([harmless(cell) for cell in row] for row in rows)
    return CsvFile(written.getvalue().encode("utf-8-sig"), name)


def harmless(cell: Cell) -> Cell:
    """Return a cell that no spreadsheet runs: a text that begins like a formula gets an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def _quality(header: str, media_type: str) -> float:
    """Return the weight of a media type: that of the most specific range (RFC 9110, section 12.5.1)."""
    if not header:
        return 1.0
    found = (_RANGE.fullmatch(part.strip()) for part in header.lower().split(",", 20)[:20])
    weights = {match[1]: float(match[2] or 1) for match in found if match}
    for wanted in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        if wanted in weights:
            return weights[wanted]
    return 0.0
