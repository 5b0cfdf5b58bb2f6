"""Files to take text out of, made in code."""

import hashlib
import io
import re
import zipfile
import zlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

TEXT = "Анна Петрова, ёжик\nPython и DynamoDB"
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def paragraph(text: str) -> str:
    return f'<w:p><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def part(content: str, root: str = "document", before: str = "") -> bytes:
    inside = f"<w:body>{content}</w:body>" if root == "document" else content
    return f'<?xml version="1.0" encoding="UTF-8"?>{before}<w:{root} xmlns:w="{_W}">{inside}</w:{root}>'.encode()


def docx(document: bytes, *, main: str = "document", **others: bytes) -> bytes:
    """Return a .docx; `others` are further parts, such as `header1`, and `main` is the name of the document's part."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for name, content in {main: document, **others}.items():
            archive.writestr(f"word/{name}.xml", content)
    return made.getvalue()


def docx_of(text: str) -> bytes:
    return docx(part("".join(map(paragraph, text.split("\n")))))


def pdf(pages: list[str], content: bytes | None = None) -> bytes:
    """Return a PDF with a text on each page, in a font whose map to Unicode covers Cyrillic. `content` replaces the
    content of every page: a stream object with its dictionary."""
    objects: list[bytes] = [b"", b""]
    cmap = _stream(_cmap("".join(pages)))
    objects += [
        b"<</Type/Font/Subtype/Type0/BaseFont/F/Encoding/Identity-H/DescendantFonts[4 0 R]/ToUnicode 5 0 R>>",
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/F/DW 600"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>",
        cmap,
    ]
    shared = 0
    if content is not None:
        objects.append(content)
        shared = len(objects)
    kids = []
    for text in pages:
        number = shared
        if not number:
            objects.append(_stream(_shown(text)))
            number = len(objects)
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>"
            % number
        )
        kids.append(len(objects))
    objects[0] = b"<</Type/Catalog/Pages 2 0 R>>"
    objects[1] = b"<</Type/Pages/Kids[%s]/Count %d>>" % (b" ".join(b"%d 0 R" % kid for kid in kids), len(kids))
    numbered = b"".join(b"%d 0 obj\n%s\nendobj\n" % each for each in enumerate(objects, 1))
    return _with_table(b"%PDF-1.7\n" + numbered, "")


def inflating(content: bytes, times: int) -> bytes:
    """Return a compressed stream that repeats the content."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(content * 1000) for _ in range(times // 1000)) + packer.flush()
    return b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed)


def _stream(content: bytes) -> bytes:
    return b"<</Length %d>>stream\n%s\nendstream" % (len(content), content)


def _shown(text: str) -> bytes:
    lines = (f"<{line.encode('utf-16-be').hex()}> Tj 0 -14 Td" for line in text.split("\n"))
    return f"BT /F1 12 Tf 50 750 Td {' '.join(lines)} ET".encode()


def _cmap(text: str) -> bytes:
    codes = sorted({ord(each) for each in text if each != "\n"}) or [32]
    rows = [f"<{code:04x}> <{code:04x}>" for code in codes]
    blocks = [rows[start : start + 100] for start in range(0, len(rows), 100)]
    body = "".join(f"{len(block)} beginbfchar {' '.join(block)} endbfchar\n" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /M def /CMapType 2 def "
        f"1 begincodespacerange <0000> <ffff> endcodespacerange\n{body}endcmap end end"
    ).encode()


def encrypted(pages: list[str], password: str) -> bytes:
    """Return a PDF that is encrypted with AES (version 4, revision 4) for a user password."""
    plain, owner, permissions, identity = pdf(pages), b"o" * 32, (-4).to_bytes(4, "little", signed=True), b"i" * 16
    key = hashlib.md5((password.encode() + _PADDING)[:32] + owner + permissions + identity).digest()
    for _ in range(50):
        key = hashlib.md5(key).digest()
    check = hashlib.md5(_PADDING + identity).digest()
    for index in range(20):
        check = _rc4(bytes(each ^ index for each in key), check)

    def encrypt(match: "re.Match[bytes]") -> bytes:
        number, packed = match[1], match[3]
        salted = hashlib.md5(key + int(number).to_bytes(3, "little") + b"\0\0sAlT").digest()
        padding = 16 - len(packed) % 16
        cipher = Cipher(algorithms.AES(salted), modes.CBC(b"v" * 16)).encryptor()
        content = b"v" * 16 + cipher.update(packed + bytes([padding]) * padding)
        return b"%s 0 obj\n<</Length %d>>stream\n%s\nendstream" % (number, len(content), content)

    body = re.sub(rb"(\d+) 0 obj\n<</Length (\d+)>>stream\n(.*?)\nendstream", encrypt, plain, flags=re.DOTALL)
    crypt = (
        f"/Encrypt<</Filter/Standard/V 4/R 4/Length 128/P -4/O<{owner.hex()}>/U<{(check + bytes(16)).hex()}>"
        f"/CF<</StdCF<</CFM/AESV2/AuthEvent/DocOpen/Length 16>>>>/StmF/StdCF/StrF/StdCF>>"
        f"/ID[<{identity.hex()}><{identity.hex()}>]"
    )
    return _with_table(body[: body.index(b"xref\n")], crypt)


def _with_table(objects: bytes, trailer: str) -> bytes:
    offsets = [match.start() for match in re.finditer(rb"(?m)^\d+ 0 obj$", objects)]
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
    size = len(offsets) + 1
    return b"%s%s%strailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (
        *(objects, head, table, size, trailer.encode(), len(objects)),
    )


_PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


def _rc4(key: bytes, data: bytes) -> bytes:
    box, j = list(range(256)), 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    made, i, j = bytearray(), 0, 0
    for each in data:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        made.append(each ^ box[(box[i] + box[j]) % 256])
    return bytes(made)
