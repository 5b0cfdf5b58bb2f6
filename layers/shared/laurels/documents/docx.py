"""The text of a .docx: a zip of XML, read as a stream in bounded memory.

https://ecma-international.org/publications-and-standards/standards/ecma-376/ (WordprocessingML)
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from xml.parsers import expat

from laurels.documents.models import DocumentFault

MAX_INFLATED = 20 * 1024 * 1024  # bytes of XML
# As many as that holds in files of word processors, at 40 bytes each. Each takes microseconds, so that markup without
# text ends by its size, not by the process's limit of CPU time, which a slower machine would reach sooner.
MAX_ELEMENTS = 500_000
_MAX_ENTRIES = 5_000
_CHUNK = 64 * 1024
_PARTS = ("header", "document", "footnotes", "endnotes", "footer")  # in the order of the text


class Unreadable(Exception):
    """There is no text to take out of the file."""

    def __init__(self, reason: DocumentFault):
        super().__init__(reason.value)
        self.reason = reason


def parts(body: bytes) -> Iterator[str]:
    """Yield the text of headers, body, notes and footers. Raises Unreadable."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            yield from _texts(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, expat.ExpatError):
        raise Unreadable(DocumentFault.UNREADABLE) from None


def _texts(archive: zipfile.ZipFile) -> Iterator[str]:
    entries = archive.infolist()
    if len(entries) > _MAX_ENTRIES:
        raise Unreadable(DocumentFault.TOO_COMPLEX)
    wanted = [(match[1], entry) for entry in entries if (match := _part_of(entry.filename))]
    if not any(part == "document" for part, _ in wanted):
        raise Unreadable(DocumentFault.UNSUPPORTED)
    left, elements = MAX_INFLATED, MAX_ELEMENTS
    for _, entry in sorted(wanted, key=lambda each: (_PARTS.index(each[0]), each[1].filename)):
        if entry.flag_bits & 1:
            raise Unreadable(DocumentFault.ENCRYPTED)
        reader = _Reader(elements)
        with archive.open(entry) as stream:
            # Counts what is read, because the size in a zip's directory may lie.
            while chunk := stream.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise Unreadable(DocumentFault.TOO_COMPLEX)
                yield reader.feed(chunk)
        yield reader.end()
        elements = reader.left


def _part_of(name: str) -> re.Match[str] | None:
    """Return what part of the text a file holds. Word for the web writes the body as `document2.xml`."""
    return re.fullmatch(rf"word/({'|'.join(_PARTS)})[0-9]*\.xml", name)


class _Reader:
    """Reads one part, of at most so many elements. Any document type is refused: entities could expand without end, or
    name other files."""

    def __init__(self, elements: int) -> None:
        self.left = elements
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._finish
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._found: list[str] = []
        self._in_text = False
        self._cells = self._ignored = 0

    def feed(self, chunk: bytes) -> str:
        self._parser.Parse(chunk, False)
        return self._taken()

    def end(self) -> str:
        self._parser.Parse(b"", True)
        return self._taken() + "\n"

    def _taken(self) -> str:
        found, self._found = "".join(self._found), []
        return found

    def _start(self, name: str, _: object) -> None:
        self.left -= 1
        if self.left < 0:
            raise Unreadable(DocumentFault.TOO_COMPLEX)
        match name.rpartition(" ")[2]:
            case "t":
                self._in_text = True
            case "tab":
                self._add("\t")
            case "br" | "cr":
                self._add("\n")
            case "noBreakHyphen":
                self._add("-")
            case "tc":
                self._cells += 1
            case "Fallback" | "moveFrom" | "tabs":  # repeats its alternative, or a moved text; where tabs stop
                self._ignored += 1

    def _finish(self, name: str) -> None:
        match name.rpartition(" ")[2]:
            case "t":
                self._in_text = False
            case "p":
                self._add(" " if self._cells else "\n")
            case "tc":
                self._cells -= 1
                self._add("\t")
            case "tr":
                self._add("\n")
            case "Fallback" | "moveFrom" | "tabs":
                self._ignored -= 1

    def _text(self, text: str) -> None:
        if self._in_text:
            self._add(text)

    def _add(self, text: str) -> None:
        if not self._ignored:
            self._found.append(text)

    @staticmethod
    def _refuse(*_: object) -> None:
        raise Unreadable(DocumentFault.UNREADABLE)
