"""Every kind of source to every kind of result, held against pictures drawn from formulas."""

from collections.abc import Set
from functools import cache

import pytest
from PIL import Image

from imaging.processing import Compressed
from tests.pictures import opened
from tests.unit.imaging.drawings import DURATIONS, SECRET
from tests.unit.imaging.golden import Golden, sources
from tests.unit.imaging.pixels import Pixels, distance, ssim
from tests.unit.imaging.results import made

GOLDEN = dict(sources())

OPTIONS: dict[str, dict[str, object]] = {
    "auto": {},
    "jpeg": {"format": "jpeg", "quality": 90},
    "png": {"format": "png", "quality": 90},
    "webp": {"format": "webp", "quality": 90},
    "avif": {"format": "avif", "quality": 90},
    "keep": {"format": "keep", "quality": 90},
    "half": {"max_width": 32, "quality": 90},
}

FARTHEST = {"auto": 8, "half": 13}
"""Mean difference of the colours, 0-255: at quality 50, and where edges are halved."""

COARSENED = {"P3 png"}
"""Slopes that compress to nothing until their colours are converted: they have to be coarser then,
or the result would be larger than its source."""

MAGENTA, WHITE = (255, 0, 255), (255, 255, 255)

JPEG_KEPT = {0xDB, 0xC0, 0xC1, 0xC2, 0xC4, 0xDD, 0xE0, 0xEE}
PNG_KEPT = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"acTL", b"fcTL", b"fdAT", b"IEND"}
WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"}
TIFF_METADATA = {269, 270, 271, 272, 305, 306, 315, 316, 700, 33432, 33723, 34377, 34665, 34675}

each_source = pytest.mark.parametrize("name", GOLDEN)
each_options = pytest.mark.parametrize("options", OPTIONS)


@cache
def result(name: str, options: str) -> Compressed:
    return made(GOLDEN[name].data, **OPTIONS[options])


def wanted_format(source: Golden, options: str) -> str:
    if options == "keep":
        return source.format
    if options in {"auto", "half"}:
        return "webp" if source.is_transparent or len(source.frames) > 1 else "jpeg"
    return options


def is_exact(source: Golden, done: Compressed) -> bool:
    return done.format in {"png", "gif", "bmp"} and not source.lossy


def wanted_frames(source: Golden, format_: str) -> tuple[Pixels, ...]:
    moves = format_ in {"webp", "avif"} or (format_ == source.format and format_ in {"gif", "png"})
    return source.frames if moves else source.frames[:1]


def shown(image: Image.Image) -> list[tuple[Pixels, float]]:
    """Each frame and its milliseconds."""
    frames = []
    for index in range(getattr(image, "n_frames", 1)):
        image.seek(index)
        image.load()
        frames.append((Pixels.of(image), image.info.get("duration", 0)))
    return frames


@each_source
@each_options
def test_the_result_shows_the_picture(name: str, options: str) -> None:
    source, done = GOLDEN[name], result(name, options)
    wanted = wanted_frames(source, done.format)
    found = [frame for frame, _ in shown(opened(done.data))]
    assert len(found) == len(wanted)
    backdrop = WHITE if done.format in {"jpeg", "bmp"} else MAGENTA
    shrinks = options == "half" and source.frames[0].width == 64
    for frame, reference in zip(found, wanted, strict=True):
        if (frame.width, frame.height) == (reference.width, reference.height) or shrinks:
            expected = (reference.halved() if shrinks else reference).over(*backdrop)
            exact = name not in COARSENED and is_exact(source, done) and not shrinks
            likeness = ssim(frame.over(*backdrop), expected)
            off = distance(frame.over(*backdrop), expected)
            assert off < (1 if exact else FARTHEST.get(options, 6))
            assert likeness > (0.995 if exact else 0.93)


@each_source
@each_options
def test_the_result_has_the_wanted_format_size_and_time(name: str, options: str) -> None:
    source, done = GOLDEN[name], result(name, options)
    image = opened(done.data)
    assert done.format == wanted_format(source, options)
    assert (image.format or "").lower() == done.format
    width, height = source.frames[0].width, source.frames[0].height
    if options == "half" and width > 32:
        width, height = 32, max(1, round(height * 32 / width))
    assert (done.width, done.height) == image.size == (width, height)
    frames = shown(image)
    if len(frames) > 1:
        assert [milliseconds for _, milliseconds in frames] == list(DURATIONS)
        if done.format in {"webp", "png"}:
            assert image.info["loop"] == source.plays
        if done.format == "gif":
            assert image.info.get("loop") == {0: 0, 1: None}.get(source.plays, source.plays - 1)


@each_source
@each_options
def test_the_result_holds_nothing_but_the_picture(name: str, options: str) -> None:
    done = result(name, options)
    assert SECRET not in done.data
    assert unwanted_parts(done) == set()
    image = opened(done.data)
    assert "icc_profile" not in image.info
    assert not image.getexif().get_ifd(0x8825)


@each_source
@pytest.mark.parametrize("quality", [50, 100])
def test_the_result_is_not_larger_if_nothing_else_changed(name: str, quality: int) -> None:
    source = GOLDEN[name]
    assert len(made(source.data, format="keep", quality=quality).data) <= len(source.data)


def unwanted_parts(done: Compressed) -> Set[object]:
    """Segments, chunks, boxes or tags that are no part of the picture."""
    data = done.data
    match done.format:
        case "jpeg":
            return {*jpeg_markers(data)} - JPEG_KEPT
        case "png":
            return {*png_chunks(data)} - PNG_KEPT
        case "webp":
            return {*webp_chunks(data)} - WEBP_KEPT
        case "tiff":
            return {*opened(data).getexif()} & TIFF_METADATA
        case _:
            return {box for box in (b"Exif", b"mime", b"prof", b"rICC", b"!\xfe") if box in data}


def jpeg_markers(data: bytes) -> list[int]:
    found, at = [], 2
    while data[at + 1] != 0xDA:
        found.append(data[at + 1])
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return found


def png_chunks(data: bytes) -> list[bytes]:
    found, at = [], 8
    while at < len(data):
        found.append(data[at + 4 : at + 8])
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    return found


def webp_chunks(data: bytes) -> list[bytes]:
    found, at = [], 12
    while at < len(data):
        found.append(data[at : at + 4])
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + length + length % 2
    return found
