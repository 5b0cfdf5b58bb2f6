"""Pictures: which files are accepted, which are refused before decoding, and the pictures made from them."""

import io
import struct
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from PIL import Image

from laurels.avatars import pictures
from laurels.avatars.models import SIZES
from laurels.avatars.pictures import Unreadable
from tests.unit.avatars import images
from tests.unit.avatars.images import BLUE, GREEN, RED, WHITE

TAKEN = {
    "a JPEG": images.jpeg(),
    "a progressive JPEG": images.jpeg(progressive=True),
    "a grey JPEG": images.jpeg(images.plain((90,), mode="L")),
    "a CMYK JPEG": images.jpeg(images.plain((0, 220, 220, 30), mode="CMYK")),
    "a JPEG of a telephone": images.photo(),
    "a PNG": images.png(),
    "a PNG of a palette": images.png(images.plain().convert("P")),
    "a PNG of one bit": images.png(images.plain((1,), mode="1")),
    "a PNG of 16 bits": images.png(Image.new("I;16", (100, 100), 257 * 90)),
    "a transparent PNG": images.png(images.plain((220, 30, 30, 128), mode="RGBA")),
    "a transparent grey PNG": images.png(images.plain((90, 128), mode="LA")),
    "a PNG of one pixel": images.png(images.plain(size=(1, 1))),
    "a very wide PNG": images.png(images.plain(size=(pictures.MAX_SIDE, 3))),
    "a WebP": images.saved(images.plain(), "WEBP"),
    "a lossless WebP": images.saved(images.plain(), "WEBP", lossless=True),
    "a transparent WebP": images.saved(images.plain((220, 30, 30, 128), mode="RGBA"), "WEBP"),
    "an animated WebP": images.animated("WEBP", RED, GREEN, BLUE),
    "a GIF": images.saved(images.plain(), "GIF"),
    "an animated GIF": images.animated("GIF", RED, GREEN, BLUE),
}
REFUSED = {
    "nothing": b"",
    "one byte": b"x",
    "HTML": images.HTML,
    "the beginning of a JPEG": b"\xff\xd8\xff",
    "the beginning of a PNG": b"\x89PNG\r\n\x1a\n",
    "the beginning of a GIF": b"GIF89a",
    "the beginning of a WebP": b"RIFF\x10\0\0\0WEBP",
    "HTML that begins as a GIF": b"GIF89a" + images.HTML,
    "a truncated PNG": images.png()[:-40],
    "a truncated JPEG": images.jpeg(images.halves(RED, BLUE))[:-400],
    "a truncated GIF": images.saved(images.plain(), "GIF")[:-30],
    "a truncated WebP": images.saved(images.plain(), "WEBP")[:-20],
    "a PNG damaged in the middle": images.png()[:60] + b"damage" + images.png()[66:],
    "a TIFF": images.saved(images.plain(), "TIFF"),
    "a BMP": images.saved(images.plain(), "BMP"),
    "another RIFF": b"RIFF\x24\0\0\0WAVEfmt " + bytes(40),
    "a JPEG of a hundred scans": images.of_many_scans(),
    **{
        f"a {make.__name__.removesuffix('_of')} of {width} x {height}": make(width, height)
        for make in (images.png_of, images.gif_of, images.webp_of, images.jpeg_of)
        for width, height in ((8000, 8000), (pictures.MAX_SIDE + 1, 1), (1, pictures.MAX_SIDE + 1))
    },
    "a WebP of 16 million x 200": images.webp_of(1 << 24, 200),
}


def opened(body: bytes) -> Image.Image:
    return Image.open(io.BytesIO(body), formats=["WEBP"])


def made(body: bytes, size: int = 64) -> Image.Image:
    """The picture of that size, decoded."""
    return opened(pictures.make(body, SIZES)[size])


def near(found: object, colour: tuple[int, ...], distance: int = 12) -> bool:
    """True if a pixel has about that colour: WebP is lossy."""
    assert isinstance(found, tuple)
    return all(abs(one - other) <= distance for one, other in zip(found, colour, strict=True))


def chunks(body: bytes) -> Iterator[bytes]:
    """The types of the chunks of a WebP."""
    at = 12
    while at < len(body):
        yield body[at : at + 4]
        (length,) = struct.unpack("<I", body[at + 4 : at + 8])
        at += 8 + length + length % 2


@pytest.mark.parametrize("body", TAKEN.values(), ids=TAKEN)
def test_a_picture_becomes_three_still_squares_without_metadata(body: bytes) -> None:
    found = pictures.make(body, SIZES)
    assert list(found) == list(SIZES)
    for size, written in found.items():
        assert opened(written).size == (size, size)
        assert set(chunks(written)) <= {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}
        assert not opened(written).getexif()


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_anything_else_is_refused_before_it_takes_much_memory(body: bytes) -> None:
    assert len(body) < 200_000, "a refused file must be small"
    with pytest.raises(Unreadable):
        pictures.make(body, SIZES)


@pytest.mark.parametrize("make", [images.png_of, images.gif_of, images.webp_of, images.jpeg_of])
def test_a_bomb_is_not_decoded(make: object) -> None:
    bomb = make(8000, 8000)  # type: ignore[operator]  # a function of images
    with (
        patch("PIL.ImageFile.ImageFile.load", side_effect=AssertionError),
        # Private, but it allocates the whole canvas, and no public function does only that.
        patch("PIL._webp.WebPAnimDecoder", side_effect=AssertionError),
        pytest.raises(Unreadable, match=r"^too many pixels$"),
    ):
        pictures.make(bomb, SIZES)


def test_a_picture_with_the_maximum_number_of_pixels_is_accepted() -> None:
    width, height = 10_000, pictures.MAX_PIXELS // 10_000
    assert made(images.png_of(width, height)).size == (64, 64)
    with pytest.raises(Unreadable, match="too many pixels"):
        pictures.make(images.png_of(width, height + 1), SIZES)


def test_the_reason_contains_no_part_of_the_file() -> None:
    for body in REFUSED.values():
        with pytest.raises(Unreadable) as refused:
            pictures.make(body, SIZES)
        assert len(str(refused.value)) < 60
        assert "script" not in str(refused.value)


def test_the_location_of_a_photo_is_removed() -> None:
    photo = images.photo()
    assert Image.open(io.BytesIO(photo)).getexif().get_ifd(images.GPS_INFO)[images.GPS_LATITUDE_REF] == "N"
    for written in pictures.make(photo, SIZES).values():
        assert b"Exif" not in written
        assert b"EXIF" not in written
        assert b"secret" not in written


# For each EXIF orientation of a picture whose left half is red: the side where a viewer shows red.
@pytest.mark.parametrize(
    ("orientation", "red_at"),
    [(1, "left"), (2, "right"), (3, "right"), (4, "left"), (5, "top"), (6, "top"), (7, "bottom"), (8, "bottom")],
)
def test_a_photo_is_rotated_by_its_exif_orientation(orientation: int, red_at: str) -> None:
    image = made(images.photo(images.halves(RED, BLUE), orientation))
    places = {"left": (8, 32), "right": (56, 32), "top": (32, 8), "bottom": (32, 56)}
    assert [place for place, at in places.items() if near(image.getpixel(at), RED)] == [red_at]


def test_a_photo_with_malformed_exif_tags_is_still_rotated() -> None:
    make_as_text, width_as_text = b"\x01\x0f\x00\x02", b"\x01\x00\x00\x02"
    photo = images.photo(images.halves(RED, BLUE), 3)
    assert photo.count(make_as_text) == 1
    assert near(made(photo.replace(make_as_text, width_as_text)).getpixel((56, 32)), RED)


@pytest.mark.parametrize("size", [(900, 300), (300, 900)])
def test_the_middle_is_kept(size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, WHITE)
    left, top = (size[0] - 300) // 2, (size[1] - 300) // 2
    image.paste(RED, (left, top, left + 300, top + 300))
    found = made(images.png(image))
    assert all(near(found.getpixel(at), RED) for at in ((1, 1), (62, 1), (1, 62), (62, 62)))


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_the_first_frame_of_an_animation_is_kept(kind: str) -> None:
    image = made(images.animated(kind, RED, GREEN, BLUE))
    assert near(image.getpixel((32, 32)), RED)
    assert getattr(image, "n_frames", 1) == 1


def test_transparency_is_kept() -> None:
    image = images.plain((220, 30, 30, 255), mode="RGBA", size=(200, 200))
    image.paste((0, 0, 0, 0), (0, 0, 100, 200))
    found = made(images.png(image)).convert("RGBA")
    assert found.getpixel((8, 32))[3] < 10  # type: ignore[index]  # RGBA has four bands
    assert near(found.getpixel((56, 32)), (*RED, 255))


def test_grey_of_16_bits_keeps_its_brightness() -> None:
    found = made(TAKEN["a PNG of 16 bits"]).convert("RGB")
    assert near(found.getpixel((32, 32)), (90, 90, 90))


def test_colours_of_another_colour_space_are_converted() -> None:
    """The profile swaps red and green, so its green looks red."""
    profile = bytearray(images.srgb())
    tags = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * profile[131], 12)}
    for tag, other in ((b"rXYZ", b"gXYZ"), (b"gXYZ", b"rXYZ")):
        at = tags[tag]
        profile[at + 4 : at + 12] = images.srgb()[tags[other] + 4 : tags[other] + 12]
    found = made(images.with_profile(images.plain(GREEN), bytes(profile)))
    red, green, _ = found.getpixel((32, 32))  # type: ignore[misc]  # RGB has three bands
    assert red > green


@pytest.mark.parametrize("profile", [b"no profile", images.srgb()[:200], images.srgb()])
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
def test_an_unsuitable_colour_profile_is_ignored(profile: bytes, mode: str) -> None:
    colour = {"RGB": RED, "L": (90,), "RGBA": (*RED, 255)}[mode]
    found = made(images.with_profile(images.plain(colour, mode=mode), profile)).convert("RGB")
    assert near(found.getpixel((32, 32)), (90, 90, 90) if mode == "L" else RED)


def test_the_same_file_gives_identical_pictures() -> None:
    body = images.photo(images.halves(RED, BLUE))
    assert pictures.make(body, SIZES) == pictures.make(body, SIZES)
