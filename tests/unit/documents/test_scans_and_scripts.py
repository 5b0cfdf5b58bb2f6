"""Scans, and scripts that are written from right to left; read in this process, without limits."""

import pytest

from laurels.documents import reader
from laurels.documents.docx import Unreadable
from tests.unit.documents import files

ARABIC, HEBREW = "مطوّر ويب في القاهرة", "מפתחת תוכנה בתל אביב"
SCAN = b"q 500 0 0 700 50 50 cm BI /W 4 /H 4 /BPC 8 /CS /G ID " + b"\x00\x80" * 8 + b" EI Q"


def test_a_scan_has_no_text() -> None:
    content = b"<</Length %d>>stream\n%s\nendstream" % (len(SCAN), SCAN)
    with pytest.raises(Unreadable, match="no_text"):
        reader.read(files.pdf(["x"] * 3, content), 15_000)


@pytest.mark.parametrize("text", [ARABIC, HEBREW, f"{HEBREW} Python 3.13, DynamoDB\n{ARABIC}"])
def test_right_to_left_comes_back_exactly_from_text_and_docx(text: str) -> None:
    for body in (text.encode(), text.encode("utf-16"), files.docx_of(text)):
        assert reader.read(body, 15_000) == text


@pytest.mark.parametrize("text", [ARABIC, HEBREW])
def test_right_to_left_comes_back_whole_from_a_pdf(text: str) -> None:
    """A PDF holds glyphs in the order of display, so PDFium guesses the order of the characters."""
    assert sorted(reader.read(files.pdf([text]), 15_000)) == sorted(text)
