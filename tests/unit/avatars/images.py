"""Files for tests: usual pictures, and malformed or hostile files."""

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageCms

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 180, 30), (30, 30, 220), (255, 255, 255)
Colour = tuple[int, ...]

HTML = b"<!doctype html><script>alert(document.cookie)</script>" * 20
GPS_INFO, GPS_LATITUDE_REF, GPS_LATITUDE = 0x8825, 1, 2
MAKE, ORIENTATION = 0x010F, 0x0112


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def plain(colour: Colour = RED, size: tuple[int, int] = (300, 200), mode: str = "RGB") -> Image.Image:
    return Image.new(mode, size, colour)


def halves(left: Colour, right: Colour, size: tuple[int, int] = (400, 400)) -> Image.Image:
    """A picture of two colours side by side."""
    image = Image.new("RGB", size, left)
    image.paste(right, (size[0] // 2, 0, *size))
    return image


def jpeg(image: Image.Image | None = None, **options: Any) -> bytes:
    return saved(image or plain(), "JPEG", quality=95, **options)


def png(image: Image.Image | None = None, **options: Any) -> bytes:
    return saved(image or plain(), "PNG", **options)


def photo(image: Image.Image | None = None, orientation: int = 1) -> bytes:
    """A JPEG as telephones make it: with location, camera, orientation, XMP and a comment."""
    exif = Image.Exif()
    exif[MAKE], exif[ORIENTATION] = "Telephone", orientation
    exif.get_ifd(GPS_INFO).update({GPS_LATITUDE_REF: "N", GPS_LATITUDE: (52.0, 31.0, 12.0)})
    return jpeg(image, exif=exif, xmp=b"<x:xmpmeta>secret place</x:xmpmeta>", comment=b"secret comment")


def animated(kind: str, *colours: Colour) -> bytes:
    first, *others = (plain(colour) for colour in colours)
    return saved(first, kind, save_all=True, append_images=others, duration=100, loop=0, lossless=True)


def with_profile(image: Image.Image, profile: bytes, kind: str = "PNG") -> bytes:
    return saved(image, kind, icc_profile=profile)


def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def png_of(width: int, height: int) -> bytes:
    """A small file of a large picture: a grey PNG with one bit per pixel, all zero."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    row = b"\0" * (1 + (width + 7) // 8)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of_palette(chunks: bytes) -> bytes:
    """A PNG of 4 x 2 pixels of the first colour of a palette, with these chunks before the pixels."""
    header = struct.pack(">IIBBBBB", 4, 2, 8, 3, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(10)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunks + pixels + chunk(b"IEND", b"")


def gif_of_frame(width: int, height: int) -> bytes:
    """A small GIF that declares a frame of this size."""
    body = saved(plain(size=(2, 2)), "GIF")
    at = body.rindex(b",\0\0\0\0\2\0\2\0") + 5
    return body[:at] + struct.pack("<HH", width, height) + body[at + 4 :]


def gif_of(width: int, height: int) -> bytes:
    """A small GIF that declares a screen of this size."""
    body = saved(plain(size=(2, 2)), "GIF")
    return body[:6] + struct.pack("<HH", width, height) + body[10:]


def webp_of(width: int, height: int) -> bytes:
    """A small animated WebP that declares a canvas of this size."""
    body = animated("WEBP", RED, GREEN)
    assert body[12:16] == b"VP8X"
    return body[:24] + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little") + body[30:]


def jpeg_of(width: int, height: int) -> bytes:
    """A small JPEG that declares a frame of this size."""
    body = jpeg(plain(size=(16, 16)))
    at = body.index(b"\xff\xc0") + 5
    return body[:at] + struct.pack(">HH", height, width) + body[at + 4 :]


def of_many_scans() -> bytes:
    """A progressive JPEG whose last scan is repeated 100 times."""
    body = jpeg(progressive=True)
    at = body.rindex(b"\xff\xda")
    return body[:at] + (body[at:-2]) * 100 + body[-2:]
