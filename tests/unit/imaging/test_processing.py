"""Every kind of source to every kind of result, judged by what comes out."""

import hashlib

import pytest

from imaging.formats import Format
from pipeline.options import ImageFormat
from tests.pictures import (
    difference,
    encoded,
    opened,
    photo,
    shape,
)
from tests.unit.imaging.results import FORMATS, made


@pytest.mark.parametrize("format_", list(Format))
def test_auto_makes_jpeg_of_every_opaque_source(format_: Format) -> None:
    done = made(encoded(photo(), format_))
    assert done.format == Format.JPEG
    assert opened(done.data).format == "JPEG"
    assert difference(opened(done.data), photo()) < 6


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("source", list(Format))
def test_every_source_becomes_every_format(source: Format, format_: ImageFormat) -> None:
    done = made(encoded(photo(), source), format=format_, quality=80)
    image = opened(done.data)
    assert (image.format or "").lower() == str(format_) == str(done.format)
    assert (done.width, done.height) == image.size == (320, 240)
    assert difference(image, photo()) < 8


@pytest.mark.parametrize("format_", list(Format))
def test_keep_keeps_the_format(format_: Format) -> None:
    done = made(encoded(photo(), format_), format="keep")
    assert done.format == format_
    assert difference(opened(done.data), photo()) < 8


@pytest.mark.parametrize("size", [(4000, 30), (30, 4000), (5, 3)], ids=shape)
def test_every_shape_of_tiff_can_be_kept(size: tuple[int, int]) -> None:
    image = opened(made(encoded(photo(*size), "TIFF"), format="keep").data)
    assert difference(image, photo(*size)) < 12


def test_the_summary_describes_the_bytes() -> None:
    done = made(encoded(photo(), "PNG"), max_width=100)
    summary = done.summary
    assert summary.bytes == len(done.data)
    assert (summary.width, summary.height, summary.format) == (100, 75, "jpeg")
    assert summary.sha256 == hashlib.sha256(done.data).hexdigest()


def test_the_same_source_always_becomes_the_same_bytes() -> None:
    data = encoded(photo(), "JPEG", quality=92)
    assert made(data).data == made(data).data


def test_quality_decides_the_size() -> None:
    data = encoded(photo(), "JPEG", quality=98)
    sizes = [len(made(data, quality=quality).data) for quality in (10, 30, 50, 70, 90)]
    assert sizes == sorted(sizes)
