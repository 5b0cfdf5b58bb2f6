"""The text of any file, or a reason why there is none: nothing hangs, and memory is bounded."""

import subprocess
import sys
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from laurels.documents import docx, extraction, reader
from laurels.documents.models import MAX_CHARACTERS, DocumentFault, Kind
from tests.unit.documents import files

LIMIT = MAX_CHARACTERS[Kind.RESUMES]
CYRILLIC = "Опыт работы с базами данных. " + files.TEXT
LAUGHS = "<!DOCTYPE w [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9)
)
MEASURE = """
import resource, sys
from pathlib import Path
from laurels.documents import extraction
found = extraction.extract(Path(sys.argv[1]).read_bytes(), int(sys.argv[2]))
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(found.value, used.ru_maxrss, used.ru_utime + used.ru_stime)
"""
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slow machine even the start of a process may take longer than the time limit."""
    monkeypatch.setenv("EXTRACTION_SECONDS", "300")


def other_zip() -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return made.getvalue()


@pytest.mark.parametrize(
    ("body", "text"),
    [
        *((CYRILLIC.encode(each), CYRILLIC) for each in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")),
        *((CYRILLIC.encode(each), CYRILLIC) for each in ("cp1251", "koi8-r")),
        (b"one\r\ntwo\rthree\n", "one\ntwo\nthree"),
        ("قالت أنا مطوّر ويب".encode(), "قالت أنا مطوّر ويب"),
        ("a\u202eb\x00c".replace("\x00", "").encode(), "abc"),
        ("\u0438\u0306".encode(), "й"),
        (files.docx_of(CYRILLIC), CYRILLIC),
        (files.pdf([CYRILLIC]), CYRILLIC),
        (files.pdf(["one", "two"]), "one\n\ntwo"),
        (files.encrypted([CYRILLIC], ""), CYRILLIC),
        (b"x" * LIMIT, "x" * LIMIT),
    ],
)
def test_the_text_comes_back_exactly(body: bytes, text: str) -> None:
    assert extraction.extract(body, LIMIT) == text


def test_a_docx_gives_headers_paragraphs_tables_and_footers_in_order() -> None:
    cells = "".join(f"<w:tc>{files.paragraph(each)}</w:tc>" for each in ("Go", "5 лет"))
    document = files.part(f"{files.paragraph('Опыт')}<w:tbl><w:tr>{cells}</w:tr></w:tbl>{files.paragraph('A&amp;B')}")
    header, footer = (files.part(files.paragraph(text), root) for text, root in (("Анна", "hdr"), ("стр. 1", "ftr")))
    found = extraction.extract(files.docx(document, header1=header, footer1=footer), LIMIT)
    assert isinstance(found, str)
    assert found.split() == ["Анна", "Опыт", "Go", "5", "лет", "A&B", "стр.", "1"]
    assert found.splitlines()[0] == "Анна"


def test_a_docx_of_word_for_the_web_is_read() -> None:
    assert extraction.extract(files.docx(files.part(files.paragraph("Опыт")), main="document2"), LIMIT) == "Опыт"


def test_a_text_that_was_moved_is_read_where_it_is_now() -> None:
    before, after = (f"<w:p><w:{tag}><w:r><w:t>B</w:t></w:r></w:{tag}></w:p>" for tag in ("moveFrom", "moveTo"))
    found = extraction.extract(files.docx(files.part(before + files.paragraph("A") + after)), LIMIT)
    assert isinstance(found, str)
    assert found.split() == ["A", "B"]


@pytest.mark.parametrize("text", ["PK Sharma", "MZ Khan", "Rar! A resume", "GIF8 is a course", "7z"])
def test_a_text_may_begin_like_a_binary(text: str) -> None:
    assert extraction.extract(text.encode(), LIMIT) == text


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"MZ\x90\0" + bytes(range(256)) * 4, "unsupported"),
        (b"GIF89a" + bytes(range(1, 200)), "unsupported"),
        (b"Rar!\x1a\x07\1" + b"x" * 100, "unsupported"),
        (b"PK\x05\x06" + bytes(18), "unsupported"),
        (b" \n\t\xc2\xa0" * 50, "empty"),
        (files.docx_of(" "), "empty"),
        (files.pdf([" "]), "no_text"),
        (files.encrypted([CYRILLIC], "secret"), "encrypted"),
        (OLE, "unsupported"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (b"<html><body>x</body></html>", "unsupported"),
        (b"\n<!DOCTYPE html><p>x", "unsupported"),
        (b"{\\rtf1 x}", "unsupported"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "unsupported"),
        (bytes(range(256)) * 10, "unsupported"),
        (other_zip(), "unsupported"),
        (b"PK\x03\x04 nothing", "unreadable"),
        (files.docx_of("x")[:-30], "unreadable"),
        (files.docx(b"<w:document"), "unreadable"),
        (b"%PDF-1.7 nothing", "unreadable"),
        (b"x" * (LIMIT + 1), "too_long"),
        (files.docx_of("x" * (LIMIT + 1)), "too_long"),
        (files.pdf(["x" * 100] * 160), "too_long"),
        (files.pdf(["x"] * 5000), "too_complex"),
        (files.docx(files.part(files.paragraph("&j;"), before=LAUGHS + "]>")), "unreadable"),
        (
            files.docx(
                files.part(files.paragraph("&x;"), before="<!DOCTYPE w [<!ENTITY x SYSTEM 'file:///etc/hosts'>]>")
            ),
            "unreadable",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_without_a_usable_text_has_a_reason(body: bytes, reason: str) -> None:
    assert extraction.extract(body, LIMIT) == DocumentFault(reason)


def measured(body: bytes, tmp_path: Path) -> tuple[DocumentFault, float]:
    """Return the reason why a file has no text, and the seconds of CPU that it took, in bounded time and memory."""
    file = tmp_path / "file"
    file.write_bytes(body)
    assert file.stat().st_size < 11 * 1024 * 1024
    # From a small process: a child's peak begins with what its parent has.
    done = subprocess.run([sys.executable, "-c", MEASURE, file, str(LIMIT)], capture_output=True, text=True, check=True)
    reason, peak, cpu = done.stdout.splitlines()[-1].split()
    print(f"{reason}: {float(cpu):.1f} s of CPU, {int(peak) // 1024} MB")
    assert float(cpu) < 40
    assert int(peak) // 1024 < 800
    return DocumentFault(reason), float(cpu)


@pytest.mark.slow
@pytest.mark.parametrize(
    "make",
    [
        lambda: files.pdf(["x"], files.inflating(b"BT /F1 12 Tf (aaaa) Tj ET ", 20_000_000)),
        lambda: files.pdf(["x"], files.inflating(b"q ", 150_000_000)),
        lambda: b"%PDF-1.7\n" + b"1 0 obj<<" * 1_000_000,
        lambda: b" " * (10 * 1024 * 1024) + b"x" * (LIMIT + 1),
    ],
    ids=["many texts", "deep nesting", "broken PDF", "spaces"],
)
def test_a_hostile_file_ends_soon_in_bounded_memory(make: Callable[[], bytes], tmp_path: Path) -> None:
    assert measured(make(), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "make",
    [
        lambda: files.part(files.paragraph(" " * 400_000_000)),
        lambda: files.part("<w:p/>" * 3_400_000),  # just below the limit of size
        lambda: files.part("<w:p><w:r><w:t> </w:t></w:r></w:p>" * 600_000),
    ],
    ids=["zip bomb", "empty paragraphs", "blank texts"],
)
def test_a_docx_without_end_is_too_complex_by_its_size_on_any_machine(
    make: Callable[[], bytes], tmp_path: Path
) -> None:
    reason, cpu = measured(files.docx(make()), tmp_path)
    assert reason is DocumentFault.TOO_COMPLEX
    assert cpu < reader.MAX_CPU / 2, "the limit of CPU time decides nothing"


def test_a_docx_with_as_many_elements_as_the_longest_text_needs_is_read() -> None:
    """A word processor that gives each character a run of its own, with a font and a language."""
    run = "<w:r><w:rPr><w:rFonts/><w:lang/><w:sz/></w:rPr><w:t>x</w:t></w:r>"
    assert extraction.extract(files.docx(files.part(f"<w:p>{run * LIMIT}</w:p>")), LIMIT) == "x" * LIMIT


@pytest.mark.parametrize("others", [{}, {"header1": files.part("<w:p/>" * 3, "hdr")}], ids=["one part", "two parts"])
def test_the_elements_of_all_parts_are_counted(others: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    body = files.docx(files.part("<w:p/>" * 3), main="document", **others)
    elements = 5 + 4 * len(others)  # with the root of each part, and the body
    monkeypatch.setattr(docx, "MAX_ELEMENTS", elements)
    assert "".join(docx.parts(body)).split() == []
    monkeypatch.setattr(docx, "MAX_ELEMENTS", elements - 1)
    with pytest.raises(docx.Unreadable, match="too_complex"):
        list(docx.parts(body))


def test_a_zip_that_lies_about_its_size_is_read_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docx, "MAX_INFLATED", 1000)
    with pytest.raises(docx.Unreadable, match="too_complex"):
        list(docx.parts(files.docx_of("x " * 1000)))


def test_a_process_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXTRACTION_SECONDS", "0")
    assert extraction.extract(b"x", LIMIT) is DocumentFault.TOO_COMPLEX
