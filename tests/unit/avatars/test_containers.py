"""Metadata and trailing data never make a picture unreadable; faults have stable reasons."""

import random
import struct
import time
import zlib
from contextlib import suppress

import pytest

from laurels.avatars import containers, pictures
from laurels.avatars.models import SIZES
from laurels.avatars.pictures import Unreadable
from laurels.people.models import AvatarFault
from tests.unit.avatars import images
from tests.unit.avatars.images import BLUE, GREEN, RED
from tests.unit.avatars.test_pictures import made, near

HUGE = zlib.compress(bytes(1_100_000), 9)  # inflates beyond the limits of decoders
PROFILE_OF_1_MB = b"profile\0\0" + zlib.compress(bytes(1_000_000), 9)
PNG, JPEG = images.png(), images.jpeg()
SCANS = b"\xff\xda" * 200


def png_with(kind: bytes, data: bytes, times: int = 1) -> bytes:
    """A PNG with one or more additional chunks after its header."""
    return PNG[:33] + images.chunk(kind, data) * times + PNG[33:]


def damaged(kind: bytes, data: bytes) -> bytes:
    """A PNG with a chunk whose checksum is wrong."""
    return PNG[:33] + images.chunk(kind, data)[:-1] + b"?" + PNG[33:]


def jpeg_with(marker: int, data: bytes, times: int = 1) -> bytes:
    return JPEG[:2] + (bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data) * times + JPEG[2:]


def isobmff(brand: bytes, *others: bytes) -> bytes:
    body = b"ftyp" + brand + bytes(4) + b"".join(others)
    return struct.pack(">I", 4 + len(body)) + body + bytes(500)


TAKEN = {
    "a PNG with an iTXt chunk of over 1 MB": png_with(b"iTXt", b"note\0\1\0\0\0" + HUGE),
    "a PNG with a zTXt chunk of over 1 MB": png_with(b"zTXt", b"note\0\0" + HUGE),
    "a PNG with a tEXt chunk of over 1 MB": png_with(b"tEXt", b"note\0" + b"x" * 1_100_000),
    "a PNG with a profile of over 1 MB": png_with(b"iCCP", b"profile\0\0" + HUGE),
    "a PNG with 100 texts of 1 MB": png_with(b"zTXt", b"note\0\0" + zlib.compress(bytes(1_000_000), 9), 100),
    "a PNG with a text compressed in an unknown way": png_with(b"zTXt", b"note\0\7" + HUGE),
    "a PNG with a profile compressed in an unknown way": png_with(b"iCCP", b"profile\0\7" + HUGE),
    "a PNG with an empty profile": png_with(b"iCCP", b""),
    "a PNG with an empty text": png_with(b"tEXt", b""),
    "a PNG with a damaged text": damaged(b"tEXt", b"note\0x"),
    "a PNG with a damaged profile": damaged(b"iCCP", b"profile\0\0" + zlib.compress(images.srgb())),
    "a PNG with an odd density": png_with(b"pHYs", b"1"),
    "a PNG with odd EXIF": png_with(b"eXIf", b"nonsense"),
    "a PNG with an animation of nothing": png_with(b"acTL", b""),
    "a PNG with an unknown chunk": png_with(b"zzZz", b"x" * 1000),
    "a PNG followed by a film": PNG + b"film" * 1000,
    "a PNG that ends within a text": PNG[:-12] + struct.pack(">I", 99_999) + b"tEXtnote\0x",
    "a PNG without an end": PNG[:-12],
    "a JPEG followed by a film that looks like scans": JPEG + SCANS,
    "a progressive JPEG followed by a film": images.jpeg(progressive=True) + SCANS,
    "a JPEG with segments that look like scans": jpeg_with(0xE5, SCANS, 3),
    "a JPEG with a comment that looks like scans": jpeg_with(0xFE, SCANS),
    "a JPEG with a thumbnail": jpeg_with(0xE1, b"Exif\0\0" + SCANS + JPEG[:60_000]),
    "a JPEG with an odd JFIF header": jpeg_with(0xE0, b"JFIF\0"),
    "a JPEG with an odd profile": jpeg_with(0xE2, b"ICC_PROFILE\0"),
    "a JPEG with an odd Adobe segment": jpeg_with(0xEE, b"Adobe"),
    "a JPEG with odd EXIF": jpeg_with(0xE1, b"Exif\0\0nonsense"),
    "a JPEG with an odd Photoshop segment": jpeg_with(0xED, b"Photoshop 3.0\0" + b"8BIM" * 3),
    "a JPEG with padded markers": JPEG[:2] + b"\xff\xff\xff" + JPEG[2:],
    "a JPEG with junk between markers": JPEG[:3] + b"\xe5\0\x02junk" + JPEG[2:],
    "a GIF followed by a film": images.saved(images.plain(), "GIF") + SCANS * 20,
    "a WebP followed by a film": images.saved(images.plain(), "WEBP") + SCANS * 20,
    "an animated WebP followed by a film": images.animated("WEBP", RED, GREEN) + SCANS * 20,
}
# Files whose processing took minutes.
SLOW = {
    "a PNG with 1,000 profiles of 1 MB": png_with(b"iCCP", PROFILE_OF_1_MB, 1000),
    "a PNG with 1,000 damaged profiles of 1 MB": png_with(b"iCCP", PROFILE_OF_1_MB[:-1] + b"?", 1000),
    "a JPEG with much padding": JPEG[:2] + b"\xff" * 300_000 + JPEG[2:],
    "a JPEG with much padding after a scan": JPEG[:-2] + b"\xff" * 300_000 + b"\xd9",
    "a JPEG with a long run of FF in a scan": JPEG[:-2] + b"\xff" * 300_000 + b"\0\xff\xd9",
}
REASONS = {
    "HEIC": (isobmff(b"heic", b"mif1", b"heic"), AvatarFault.UNSUPPORTED),
    "HEIC of 10 bits": (isobmff(b"heix"), AvatarFault.UNSUPPORTED),
    "HEIC as a compatible brand": (isobmff(b"mif1", b"heic"), AvatarFault.UNSUPPORTED),
    "HEIC of an unknown brand, compatible to mif1": (isobmff(b"abcd", b"mif1"), AvatarFault.UNSUPPORTED),
    "a HEIC sequence": (isobmff(b"msf1", b"hevc"), AvatarFault.UNSUPPORTED),
    "AVIF": (isobmff(b"avif", b"mif1"), AvatarFault.UNSUPPORTED),
    "an AVIF sequence": (isobmff(b"avis"), AvatarFault.UNSUPPORTED),
    "TIFF": (images.saved(images.plain(), "TIFF"), AvatarFault.UNSUPPORTED),
    "BMP": (images.saved(images.plain(), "BMP"), AvatarFault.UNSUPPORTED),
    "a film": (isobmff(b"isom", b"mp42"), AvatarFault.NOT_A_PICTURE),
    "HTML": (images.HTML, AvatarFault.NOT_A_PICTURE),
    "nothing": (b"", AvatarFault.NOT_A_PICTURE),
    "a truncated PNG": (PNG[:-40], AvatarFault.BROKEN),
    "a PNG that ends within a text before its pixels": (
        PNG[:33] + struct.pack(">I", 99_999) + b"tEXt" + PNG[33:],
        AvatarFault.BROKEN,
    ),
    "a PNG of a palette without its palette": (images.png_of_palette(b""), AvatarFault.BROKEN),
    "a PNG with more transparencies than colours": (
        images.png_of_palette(images.chunk(b"PLTE", bytes(3)) + images.chunk(b"tRNS", bytes(300))),
        AvatarFault.BROKEN,
    ),
    "a JPEG that ends within a comment": (JPEG[:2] + b"\xff\xfe\xff\xff" + JPEG[2:], AvatarFault.BROKEN),
    "a GIF whose frame is larger than its screen": (images.gif_of_frame(65_535, 65_535), AvatarFault.TOO_MANY_PIXELS),
    "a bomb": (images.png_of(8000, 8000), AvatarFault.TOO_MANY_PIXELS),
    "many scans": (images.of_many_scans(), AvatarFault.TOO_MANY_SCANS),
}


@pytest.mark.parametrize("body", TAKEN.values(), ids=TAKEN)
def test_metadata_and_trailing_data_do_not_change_the_picture(body: bytes) -> None:
    assert near(made(body).convert("RGB").getpixel((32, 32)), RED)


@pytest.mark.parametrize("body", SLOW.values(), ids=SLOW)
def test_no_file_takes_long(body: bytes) -> None:
    began = time.process_time()
    assert near(made(body).convert("RGB").getpixel((32, 32)), RED)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(("body", "reason"), REASONS.values(), ids=REASONS)
def test_each_fault_has_a_machine_readable_reason(body: bytes, reason: AvatarFault) -> None:
    with pytest.raises(Unreadable) as refused:
        pictures.make(body, SIZES)
    assert refused.value.reason is reason


def test_a_colour_profile_of_usual_size_is_kept() -> None:
    body = images.with_profile(images.plain(GREEN), images.srgb())
    assert b"iCCP" in containers.png(body)


def test_a_jpeg_keeps_its_colour_profile_and_orientation() -> None:
    body = images.with_profile(images.plain(GREEN), images.srgb(), "JPEG")
    assert images.srgb() in containers.jpeg(body)[0]
    assert near(made(images.photo(images.halves(RED, BLUE), 3) + SCANS).getpixel((56, 32)), RED)


def test_each_scan_is_counted_once() -> None:
    assert containers.jpeg(JPEG + SCANS)[1] == 1
    assert 5 < containers.jpeg(images.jpeg(progressive=True))[1] < 20
    assert containers.jpeg(images.of_many_scans())[1] > pictures.MAX_SCANS


@pytest.mark.parametrize(
    "body", [PNG, JPEG, images.photo(), images.with_profile(images.plain(), images.srgb()), isobmff(b"heic", b"mif1")]
)
def test_damaged_files_raise_unreadable_only(body: bytes) -> None:
    draw = random.Random(1)
    for _ in range(150):
        damaged = bytearray(body)
        for _ in range(draw.randrange(1, 8)):
            damaged[draw.randrange(3, len(body))] = draw.randrange(256)
        with suppress(Unreadable):
            found = pictures.make(bytes(damaged[: draw.randrange(len(body) // 2, len(body) + 1)]), (64,))
            assert len(found) == 1
