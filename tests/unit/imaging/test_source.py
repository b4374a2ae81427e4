"""Caps and broken headers: nothing here may ever make pixels."""

import struct
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imaging import source
from imaging.formats import Format
from imaging.gif import colour_table
from imaging.processing import compress
from imaging.source import open_source
from pipeline.errors import ImageError
from pipeline.options import ImageOptions
from tests.pictures import chunk, encoded, photo, png


def code(data: bytes) -> str:
    with pytest.raises(ImageError) as caught:
        open_source(data)
    return caught.value.code


def jpeg_that_claims(width: int, height: int) -> bytes:
    data = bytearray(encoded(photo(64, 64), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def gif_that_claims(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + encoded(photo(8, 8), "GIF")[10:]


def webp_lossless_that_claims(width: int, height: int) -> bytes:
    bits = (width - 1) | (height - 1) << 14
    body = b"\x2f" + struct.pack("<I", bits) + bytes(20)
    return (
        b"RIFF"
        + struct.pack("<I", 12 + len(body))
        + b"WEBPVP8L"
        + struct.pack("<I", len(body))
        + body
    )


def webp_canvas_that_claims(width: int, height: int) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"VP8X" + struct.pack("<I", 10) + b"\2\0\0\0" + size
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def gif_with_a_frame_that_claims(width: int, height: int) -> bytes:
    one = encoded(photo(8, 8), "GIF")
    start = 13 + colour_table(one[10])
    frame = bytearray(one[one.index(b",\0\0\0\0", start) : -1])
    frame[5:9] = struct.pack("<HH", width, height)
    return one[:-1] + bytes(frame) + b";"


def bmp_that_claims(width: int, height: int) -> bytes:
    data = bytearray(encoded(photo(8, 8), "BMP"))
    data[18:26] = struct.pack("<ii", width, height)
    return bytes(data)


BOMBS = {
    "png": png(30_000, 30_000, depth=8, kind=2, rows=bytes(1000)),
    "jpeg": jpeg_that_claims(60_000, 60_000),
    "gif": gif_that_claims(60_000, 60_000),
    "gif's second frame": gif_with_a_frame_that_claims(60_000, 60_000),
    "webp lossless": webp_lossless_that_claims(16_000, 16_000),
    "webp canvas": webp_canvas_that_claims(16_000_000, 200),
    "bmp": bmp_that_claims(60_000, 60_000),
    "apng": png(
        4_000,
        4_000,
        depth=8,
        kind=2,
        rows=bytes(100),
        extra=chunk(b"acTL", struct.pack(">II", 900, 0)),
    ),
}


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_refused_before_its_pixels_exist(data: bytes) -> None:
    tracemalloc.start()
    assert code(data) == "too_many_pixels"
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_an_animation_of_too_many_frames_is_refused() -> None:
    one = encoded(photo(8, 8), "GIF")
    start = 13 + colour_table(one[10])
    head, frame = one[:start], one[start:-1]
    assert code(head + frame * 1001 + b";") == "too_many_pixels"
    assert open_source(head + frame * 1000 + b";").frames == 1000


def test_a_file_over_the_limit_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "LARGEST_FILE", 100)
    assert code(encoded(photo(), "PNG")) == "too_large"


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    data = encoded(photo(), "JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    assert code(data[:-2] + scan * 200 + b"\xff\xd9") == "corrupt_image"


@pytest.mark.parametrize("format_", list(Format))
def test_headers_are_understood_without_pixels(format_: Format) -> None:
    data = encoded(photo(320, 240), format_)
    summary = open_source(data).summary
    assert (summary.bytes, summary.width, summary.height) == (len(data), 320, 240)
    assert summary.format == format_


@pytest.mark.parametrize("format_", list(Format))
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
def test_half_a_file_is_corrupt(format_: Format, share: float) -> None:
    data = encoded(photo(), format_)
    half = data[: max(12, int(len(data) * share))]
    with pytest.raises(ImageError) as caught:
        compress(open_source(half), ImageOptions())
    assert caught.value.code in {"corrupt_image", "not_an_image"}


@settings(max_examples=150)
@given(st.data())
@pytest.mark.filterwarnings("ignore")
def test_a_damaged_file_becomes_an_image_or_a_known_error(data: st.DataObject) -> None:
    format_ = data.draw(st.sampled_from(list(Format)))
    whole = bytearray(encoded(photo(24, 16), format_))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(ImageError):
        assert compress(open_source(bytes(whole)), ImageOptions()).data
