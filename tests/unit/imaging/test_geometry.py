"""Which way up, and how large."""

import pytest
from PIL import Image

from imaging.formats import Format
from imaging.geometry import fitted
from pipeline.options import ImageFormat, ImageOptions
from tests.pictures import (
    colour_at,
    corners,
    difference,
    encoded,
    opened,
    photo,
    shape,
)
from tests.unit.imaging.results import FORMATS, made, near


def oriented(format_: str, orientation: int, **options: object) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    back = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    image = corners() if back is None else corners().transpose(back)
    return encoded(image, format_, exif=exif, **options)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("source", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_orientation_is_applied_and_gone(source: str, orientation: int) -> None:
    done = made(oriented(source, orientation), quality=80)
    image = opened(done.data)
    assert image.size == (done.width, done.height) == (96, 64)
    assert near(colour_at(image, 0.1, 0.1), (255, 0, 0), 30)
    assert near(colour_at(image, 0.9, 0.1), (0, 255, 0), 30)
    assert near(colour_at(image, 0.1, 0.9), (0, 0, 255), 30)
    assert near(colour_at(image, 0.9, 0.9), (255, 255, 0), 30)
    assert image.getexif().get(0x0112) is None


@pytest.mark.parametrize("orientation", range(1, 9))
def test_limits_hold_for_the_picture_as_it_is_seen(orientation: int) -> None:
    done = made(oriented("JPEG", orientation), max_width=48)
    assert (done.width, done.height) == (48, 32)
    image = opened(done.data)
    assert near(colour_at(image, 0.1, 0.1), (255, 0, 0), 40)
    assert near(colour_at(image, 0.9, 0.9), (255, 255, 0), 40)


def test_a_nonsense_orientation_is_ignored() -> None:
    exif = Image.Exif()
    exif[0x0112] = 99
    assert made(encoded(corners(), "JPEG", exif=exif)).width == 96


@pytest.mark.parametrize(
    ("size", "limits", "wanted"),
    [
        ((400, 300), {}, (400, 300)),
        ((400, 300), {"max_width": 200}, (200, 150)),
        ((400, 300), {"max_height": 100}, (133, 100)),
        ((400, 300), {"max_width": 200, "max_height": 100}, (133, 100)),
        ((400, 300), {"max_width": 4000}, (400, 300)),
        ((4000, 3001), {"max_width": 500}, (500, 375)),
        ((3, 2000), {"max_height": 100}, (1, 100)),
        ((2000, 3), {"max_width": 10}, (10, 1)),
        ((1, 1), {"max_width": 1}, (1, 1)),
    ],
    ids=[
        "no limit",
        "width",
        "height",
        "width and height",
        "limit above the size",
        "rounded down",
        "tall",
        "wide",
        "one pixel",
    ],
)
@pytest.mark.parametrize("source", ["JPEG", "PNG"])
def test_limits_shrink_in_proportion_and_never_enlarge(
    source: str, size: tuple[int, int], limits: dict[str, int], wanted: tuple[int, int]
) -> None:
    done = made(encoded(photo(*size), source), **limits)
    assert (done.width, done.height) == opened(done.data).size == wanted


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (2, 3), (17, 16)], ids=shape)
@pytest.mark.parametrize("format_", [*FORMATS, ImageFormat.AUTO])
def test_tiny_and_extreme_shapes_survive(size: tuple[int, int], format_: ImageFormat) -> None:
    done = made(encoded(Image.new("RGB", size, "red"), "PNG"), format=format_)
    assert opened(done.data).size == size


def test_what_a_format_cannot_hold_is_shrunk_to_what_it_can() -> None:
    done = made(encoded(Image.new("RGBA", (20_000, 40), (255, 0, 0, 128)), "PNG"))
    assert (done.format, done.width, done.height) == (Format.WEBP, 16_383, 33)


@pytest.mark.parametrize("source", ["PNG", "BMP", "TIFF"])
@pytest.mark.parametrize("format_", [*FORMATS, "auto", "keep"])
def test_what_is_longer_than_a_format_can_be_is_shrunk_and_can_be_read(
    source: str, format_: str
) -> None:
    """Whatever a source is that no JPEG, WebP or AVIF could hold."""
    data = encoded(Image.new("RGB", (100_000, 40), (200, 30, 40)), source)
    done = made(data, format=format_)
    most = {"jpeg": 65_500, "webp": 16_383, "avif": 32_768}.get(done.format, 100_000)
    image = opened(done.data)
    assert (done.width, done.height) == image.size == (most, round(40 * most / 100_000))
    assert near(colour_at(image, 0.9, 0.5)[:3], (200, 30, 40), 6)


@pytest.mark.parametrize(("format_", "most"), [("webp", 50_000_000), ("avif", 36_000_000)])
def test_what_an_encoder_has_no_memory_for_is_shrunk(format_: str, most: int) -> None:
    options = ImageOptions.model_validate({"format": format_})
    width, height = fitted((10_000, 9_000), options, Format(format_))
    assert 0.999 * most < width * height <= 1.001 * most
    assert width / height == pytest.approx(10 / 9, rel=0.001)


def test_a_shrunk_photograph_looks_as_if_shrunk_by_the_best_filter() -> None:
    large = photo(1600, 1200)
    done = made(encoded(large, "JPEG", quality=95), max_width=400, quality=95)
    best = large.resize((400, 300), Image.Resampling.LANCZOS)
    assert difference(opened(done.data), best) < 2.5
