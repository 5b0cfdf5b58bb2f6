"""Pictures of fixed size and format from uploaded files. Only this module needs Pillow.

The bytes decide what a file is, not its name or type. Nothing is decoded before its dimensions are known, and metadata
that no decoder needs is dropped first.
"""

import io
from functools import cache

from PIL import Image, ImageCms
from PIL.ExifTags import Base as Tag
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from laurels.avatars import containers
from laurels.people.models import AvatarFault

MAX_PIXELS = 40_000_000  # 160 MB decoded; larger pictures of cameras exceed 5 MB anyway
MAX_SIDE = 12_000
# Each pass of a progressive JPEG goes over all pixels once more. Encoders make about ten.
MAX_SCANS = 64
_QUALITY = 82
# The transposition for each EXIF orientation. ImageOps.exif_transpose would rewrite all other tags and fail on any of a
# wrong type.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Unreadable(Exception):
    """The file cannot become an avatar. `reason` is for programs; the message is for logs and quotes nothing of it."""

    def __init__(self, reason: AvatarFault, message: str):
        super().__init__(message)
        self.reason = reason


def make(body: bytes, sizes: tuple[int, ...]) -> dict[int, bytes]:
    """Return the middle of the picture as WebP squares by their width in pixels, in sRGB and without metadata.

    Of an animation it takes the first frame. Small pictures are enlarged, so every size exists. Raises Unreadable.
    """
    reader = _reader(body)
    try:
        image = _decoded(reader, body)
        largest = _in_srgb(_square(image, max(sizes)), image.info.get("icc_profile"))
    except Unreadable:
        raise
    except Image.DecompressionBombError as error:  # a GIF's frame that is larger than its screen
        raise Unreadable(AvatarFault.TOO_MANY_PIXELS, "too many pixels") from error
    except Exception as error:  # decoders and conversions raise all kinds of errors on a broken file
        raise Unreadable(AvatarFault.BROKEN, f"broken {reader.format}: {type(error).__name__}") from error
    return {size: _encoded(largest.resize((size, size), Image.Resampling.LANCZOS)) for size in sizes}


def _decoded(reader: type[ImageFile], body: bytes) -> Image.Image:
    """Return the decoded picture, upright."""
    if reader is WebPImageFile:  # its decoder allocates the whole canvas at once
        _require_moderate(*_webp_canvas(body))
    elif reader is PngImageFile:
        body = containers.png(body)
    elif reader is JpegImageFile:
        body, scans = containers.jpeg(body)
        if scans > MAX_SCANS:
            raise Unreadable(AvatarFault.TOO_MANY_SCANS, "too many scans")
    image = reader(io.BytesIO(body))
    _require_moderate(*image.size)
    image.draft(None, (1024, 1024))  # a JPEG need not be decoded at a larger scale
    image.load()
    turn = _turn(image)
    return image if turn is None else image.transpose(turn)


def _turn(image: Image.Image) -> Image.Transpose | None:
    """Return the transposition that makes the picture upright. Unreadable EXIF is ignored: it is not part of the
    picture."""
    try:
        return _TURNS.get(image.getexif().get(Tag.Orientation, 1))
    except Exception:
        return None


def _reader(body: bytes) -> type[ImageFile]:
    if body.startswith(b"\xff\xd8\xff"):
        return JpegImageFile
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return PngImageFile
    if body.startswith((b"GIF87a", b"GIF89a")):
        return GifImageFile
    if body.startswith(b"RIFF") and body[8:12] == b"WEBP":
        return WebPImageFile
    if name := containers.unsupported(body):
        raise Unreadable(AvatarFault.UNSUPPORTED, f"{name}, neither JPEG, PNG, WebP nor GIF")
    raise Unreadable(AvatarFault.NOT_A_PICTURE, "neither JPEG, PNG, WebP nor GIF")


def _webp_canvas(body: bytes) -> tuple[int, int]:
    """Return width and height from the first chunk (RFC 9649, sections 2.5 to 2.7)."""
    match body[12:16]:
        case b"VP8X":
            return 1 + int.from_bytes(body[24:27], "little"), 1 + int.from_bytes(body[27:30], "little")
        case b"VP8 ":
            return int.from_bytes(body[26:28], "little") & 0x3FFF, int.from_bytes(body[28:30], "little") & 0x3FFF
        case b"VP8L":
            bits = int.from_bytes(body[21:25], "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    raise Unreadable(AvatarFault.BROKEN, "broken WEBP: no canvas")


def _require_moderate(width: int, height: int) -> None:
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise Unreadable(AvatarFault.TOO_MANY_PIXELS, "too many pixels")


def _square(image: Image.Image, size: int) -> Image.Image:
    if image.mode == "I;16":  # grey of 16 bits; others are reduced to 8 by their decoders
        image = image.point(lambda value: value * (1 / 257)).convert("L")
    elif image.has_transparency_data:
        image = image.convert("RGBA")
    elif image.mode in ("1", "P"):  # these cannot be scaled smoothly
        image = image.convert("RGB")
    width, height = image.size
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    box = (left, top, left + side, top + side)
    return image.resize((size, size), Image.Resampling.LANCZOS, box, reducing_gap=3.0)


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return RGB, or RGBA if the picture has transparency. A colour profile that does not fit is ignored."""
    colours = image.convert("RGB") if image.mode == "RGBA" else image
    try:
        source = ImageCms.getOpenProfile(io.BytesIO(profile or b""))
        converted = ImageCms.profileToProfile(colours, source, _srgb(), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        converted = None
    converted = converted or colours.convert("RGB")
    if image.mode == "RGBA":
        converted.putalpha(image.getchannel("A"))
    return converted


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _encoded(image: Image.Image) -> bytes:
    written = io.BytesIO()
    image.save(written, "WEBP", quality=_QUALITY)  # saved without metadata, which would have to be named here
    return written.getvalue()
