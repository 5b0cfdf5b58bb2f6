"""CSV that programs read as the same cells, and that no spreadsheet runs."""

import csv
import io
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from laurels.spreadsheets import Accept, csv_file, harmless

NAMES = [
    *("=1+1", "+49 30 1234567", "-2+3", "@SUM(A1)", "\tx", "\rx", "\nx", "\uff1d1+1", "\uff20x"),
    *('say "hello"', "a, b; c", "two\r\nlines", "two\nlines", " spaces ", "", "'already"),
    *(
        "Софья Ковалевская",
        "祖冲之",
        "🦉 owl",
        "عمر",
        "a=b",
        "1e5",
        "007",
        "TRUE",
        '="x"',
        '=HYPERLINK("http://x","y")',
    ),
]
FORMULAS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"


def test_python_reads_the_same_cells() -> None:
    raw = csv_file("x.csv", ["name", "number", "nothing"], [(name, -7, None) for name in NAMES]).content
    assert raw.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert read == [["name", "number", "nothing"], *([str(harmless(name)), "-7", ""] for name in NAMES)]
    assert raw.count(b"\r\n") == len(NAMES) + 2, "each line ends with CR LF (RFC 4180); one name holds another"


def test_no_text_begins_like_a_formula() -> None:
    for name in NAMES:
        cell = str(harmless(name))
        assert not cell.startswith(tuple(FORMULAS)), cell
        assert cell == (f"'{name}" if name.startswith(tuple(FORMULAS)) else name)
    assert harmless(-5) == -5, "a number is no formula"


def test_libreoffice_reads_the_same_cells(tmp_path: Path) -> None:
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        pytest.skip("LibreOffice is not installed: CSV is checked by Python alone")
    rows = [(name, name) for name in NAMES]
    (tmp_path / "x.csv").write_bytes(csv_file("x.csv", ["name", "as opened"], rows).content)
    # Comma, quotes, UTF-8, from line 1; the first column as text, the second as what it seems to be, and formulas are
    # run. And the same on the way out, quoted.
    reading = "CSV:44,34,76,1,1/2/2/1,0,false,true,false,false,false,-1,true"
    writing = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true"
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [program, profile, "--headless", f"--infilter={reading}", "--convert-to", writing]
    subprocess.run([*command, "--outdir", str(tmp_path / "out"), str(tmp_path / "x.csv")], check=True, timeout=300)
    text = (tmp_path / "out/x.csv").read_text(encoding="utf-8-sig")
    (header, *read) = csv.reader(io.StringIO(text, newline=""))
    assert header == ["name", "as opened"]
    # It has one kind of line break.
    found = [[re.sub("\r\n?", "\n", cell) for cell in row] for row in read]
    wanted = [re.sub("\r\n?", "\n", str(harmless(name))) for name in NAMES]
    assert [row[0] for row in found] == wanted
    opened = {name: row[1] for name, row in zip(NAMES, found, strict=True) if name.startswith(tuple(FORMULAS))}
    assert opened == {name: each for name, each in zip(NAMES, wanted, strict=True) if name in opened}, "it runs a cell"


@pytest.mark.parametrize(
    ("header", "is_csv"),
    [
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("text/csv", True),
        ("TEXT/CSV; charset=utf-8", True),
        ("text/*", True),
        ("text/csv, application/json", False),
        ("text/csv, application/json;q=0.5", True),
        ("text/csv;q=0.1, */*;q=0.9", False),
        ("text/csv;q=0, */*", False),
        ("text/html,application/xhtml+xml,*/*;q=0.8", False),
        ("application/json;q=0.2, text/csv;q=0.3", True),
        (";;,q=,text/csv", True),
    ],
)
def test_csv_is_sent_to_clients_that_prefer_it(header: str, is_csv: bool) -> None:
    assert Accept(header).csv is is_csv
