"""The parts of an image file that a decoder needs. Metadata and trailing data are dropped before decoding.

Decoders limit metadata and fail on malformed metadata, although it is not part of the picture. Truncated files keep
their tail, so that the decoder refuses them.
"""

import re
import zlib
from collections.abc import Iterator

# Bytes of a colour profile once inflated: Pillow fails on larger ones. Those of cameras and screens have a few KB.
MAX_PROFILE = 1024 * 1024

# Pixels and colours: https://www.w3.org/TR/png-3/#11Chunks
_PNG_PICTURE = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_PNG_METADATA = {b"iCCP", b"eXIf"}  # colours and orientation; a file has one of each
# Without `+` for padding (repeated FF), which would take quadratic time on a long run of FF.
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]", re.DOTALL)  # with a length, or the end of the image
# An entropy-coded segment ends with a marker that is neither a stuffed zero nor a restart (ITU-T T.81, B.1.1.5).
_SCAN_END = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
_EOI, _SOS, _COM = 0xD9, 0xDA, 0xFE
# Application segments that change how pixels look: their first bytes, and their smallest length.
_JPEG_SEGMENTS = {
    0xE0: (b"JFIF\0", 14),
    0xE1: (b"Exif\0\0", 6),
    0xE2: (b"ICC_PROFILE\0", 14),
    0xEE: (b"Adobe", 12),
}
# https://www.iana.org/assignments/media-types: the brands of ISO base media files that hold pictures.
_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"mif2", b"msf1"}
_AVIF_BRANDS = {b"avif", b"avis"}
_SIGNATURES = {
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"BM": "BMP",
    b"\xff\x0a": "JPEG XL",
    b"\0\0\0\x0cJXL \r\n\x87\n": "JPEG XL",
    b"\0\0\0\x0cjP  \r\n\x87\n": "JPEG 2000",
}


def unsupported(body: bytes) -> str:
    """Return the name of an image format that is not supported, such as HEIC; empty for anything else."""
    if body[4:8] == b"ftyp":
        end = min(int.from_bytes(body[:4]), 256)
        brands = {body[8:12], *(body[at : at + 4] for at in range(16, end, 4))}
        return "AVIF" if brands & _AVIF_BRANDS else "HEIC" if brands & _BRANDS else ""
    return next((name for signature, name in _SIGNATURES.items() if body.startswith(signature)), "")


def png(body: bytes) -> bytes:
    """Return the PNG file without text, unusable colour profiles, further frames and trailing data."""
    return body[:8] + b"".join(_png_chunks(body))


def _png_chunks(body: bytes) -> Iterator[bytes]:
    at, kind, metadata = 8, b"", set(_PNG_METADATA)
    while at < len(body) and kind != b"IEND":
        kind, end = body[at + 4 : at + 8], at + 12 + int.from_bytes(body[at : at + 4])
        if kind in metadata:
            metadata.remove(kind)  # the first one counts; inflating thousands of profiles would take minutes
            if end <= len(body) and _is_sound(body[at:end]):
                yield body[at:end]
        elif kind in _PNG_PICTURE:
            yield body[at:end]
        at = end


def _is_sound(chunk: bytes) -> bool:
    """False for metadata on which a decoder would fail."""
    kind, data = chunk[4:8], chunk[8:-4]
    if zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:]):
        return False
    if kind == b"eXIf":
        return True
    name, _, rest = data.partition(b"\0")
    if not name or rest[:1] != b"\0":  # the only method of compression
        return False
    inflating = zlib.decompressobj()
    try:
        inflating.decompress(rest[1:], MAX_PROFILE)
    except zlib.error:
        return False
    return not inflating.unconsumed_tail


def jpeg(body: bytes) -> tuple[bytes, int]:
    """Return the JPEG file without comments, other programs' segments and trailing data, and its number of scans.

    Bytes that look like markers inside segments, thumbnails and trailing data (a motion photo's film) are not scans.
    """
    kept, scans, at = [body[:2]], 0, 2
    while found := _MARKER.search(body, at):
        at, marker = found.start(), body[found.start() + 1]
        if marker == _EOI:
            kept.append(body[at : at + 2])
            break
        end = at + 2 + max(int.from_bytes(body[at + 2 : at + 4]), 2)
        if marker == _SOS:
            scans += 1
            following = _SCAN_END.search(body, end)
            end = following.start() if following else len(body)
        if end > len(body) or _is_of_the_picture(marker, body[at + 4 : end]):
            kept.append(body[at:end])
        at = end
    return b"".join(kept), scans


def _is_of_the_picture(marker: int, data: bytes) -> bool:
    if marker in _JPEG_SEGMENTS:
        begin, length = _JPEG_SEGMENTS[marker]
        return data.startswith(begin) and len(data) >= length
    return marker != _COM and not 0xE0 <= marker <= 0xEF
