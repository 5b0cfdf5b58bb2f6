"""Takes the text out of a file, in a process of its own: `python -m laurels.documents.reader MAX_CHARACTERS`.

The file comes on standard input; one JSON object goes to standard output: `{"text": …}` or `{"reason": …}`. The process
limits its own memory and CPU time. Whoever starts it counts any other end as `too_complex`: parsers of foreign files
can be held for minutes, or killed.

What a file is, its bytes decide. Text is read until it is one character too long.
"""

import io
import json
import resource
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from laurels.characters import is_blank
from laurels.documents import docx
from laurels.documents.docx import Unreadable
from laurels.documents.models import DocumentFault
from laurels.fields import without_controls

MAX_MEMORY = 768 * 1024 * 1024  # bytes of address space, most of it never used: PDFium alone maps 100 MB
MAX_CPU = 10  # seconds
MAX_PAGES = 300

_UTF_16 = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_SAMPLE = 64 * 1024  # bytes that tell an encoding
# Whole signatures: PK, MZ and Rar may be how a name begins. What has zero bytes is no text anyway.
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_BINARY = (b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"\x1f\x8b", b"Rar!\x1a\x07", b"7z\xbc\xaf")
_MARKUP = (b"<!doctype", b"<html", b"<?xml")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .doc, and an encrypted .docx


def read(body: bytes, limit: int) -> str:
    """Return the text of a file, stripped, NFC, without control characters. Raises Unreadable with the reason."""
    text = _joined(_source(body)(body), limit)
    if is_blank(text):
        raise Unreadable(DocumentFault.NO_TEXT if _is_pdf(body) else DocumentFault.EMPTY)
    return text


def _joined(parts: Iterable[str], limit: int) -> str:
    """Join the parts, and stop at one character more than the limit."""
    found = ""
    for part in parts:
        found = (found + without_controls(part)).lstrip()
        text = unicodedata.normalize("NFC", found).strip()
        if len(text) > limit:
            raise Unreadable(DocumentFault.TOO_LONG)
        if len(found) > 4 * limit + 1000:  # spaces without end
            found = text + "\n"
    return unicodedata.normalize("NFC", found).strip()


def _source(body: bytes) -> Callable[[bytes], Iterator[str]]:
    head = body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if _is_pdf(body):
        return _pdf
    if body.startswith(_ZIP):
        return docx.parts
    if body.startswith(_OLE):
        encrypted = "EncryptedPackage".encode("utf-16-le") in body
        raise Unreadable(DocumentFault.ENCRYPTED if encrypted else DocumentFault.UNSUPPORTED)
    if body.startswith(_BINARY) or head.startswith(_MARKUP):
        raise Unreadable(DocumentFault.UNSUPPORTED)
    return _plain


def _is_pdf(body: bytes) -> bool:
    return b"%PDF-" in body[:1024]


def _pdf(body: bytes) -> Iterator[str]:
    import pypdfium2  # only a PDF pays for it

    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        encrypted = "password" in str(error).lower() or "security" in str(error).lower()
        raise Unreadable(DocumentFault.ENCRYPTED if encrypted else DocumentFault.UNREADABLE) from None
    if len(document) > MAX_PAGES:
        raise Unreadable(DocumentFault.TOO_COMPLEX)
    for page in document:
        # U+FFFE and 0x02 stand for a hyphen at the end of a line.
        text = page.get_textpage().get_text_range().replace("\ufffe", "-").replace("\x02", "-")
        yield _one_newline(text) + "\n\n"


def _one_newline(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _plain(body: bytes) -> Iterator[str]:
    encoding = _encoding(body)
    try:
        text = _one_newline(body.decode(encoding).removeprefix("\ufeff"))
    except UnicodeDecodeError:
        raise Unreadable(DocumentFault.UNREADABLE) from None
    for start in range(0, len(text), _SAMPLE):
        yield text[start : start + _SAMPLE]


def _encoding(body: bytes) -> str:
    """Return the encoding of a text: by its byte order mark, UTF-8, UTF-16, else what a detector finds among ours."""
    for mark, name in _UTF_16:
        if body.startswith(mark):
            return name
    if b"\0" in body:
        best = max(("utf-16-le", "utf-16-be"), key=lambda name: _plausible(body, name))
        if _plausible(body, best) < 0.95:
            raise Unreadable(DocumentFault.UNSUPPORTED)
        return best
    with suppress(UnicodeDecodeError):
        body.decode("utf-8-sig")
        return "utf-8-sig"
    from charset_normalizer import from_bytes

    found = from_bytes(body[:_SAMPLE], cp_isolation=["cp1251", "koi8_r"], enable_fallback=False).best()
    if found is None:
        raise Unreadable(DocumentFault.UNSUPPORTED)
    return found.encoding


def _plausible(body: bytes, encoding: str) -> float:
    """Return the share of characters that texts of alphabets consist of."""
    text = body[:_SAMPLE].decode(encoding, "ignore")
    return sum(each < "\u2100" and (each.isprintable() or each.isspace()) for each in text) / max(len(text), 1)


def main() -> None:
    limit = int(sys.argv[1])
    with suppress(ValueError, OSError):  # macOS has no limit of address space
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU, MAX_CPU + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer = {"text": read(sys.stdin.buffer.read(), limit)}
    except Unreadable as error:
        answer = {"reason": error.reason.value}
    except MemoryError:
        answer = {"reason": DocumentFault.TOO_COMPLEX.value}
    io.TextIOWrapper(sys.stdout.buffer, encoding="ascii").write(json.dumps(answer))


if __name__ == "__main__":
    main()
