"""What moves."""

import struct

import pytest
from PIL import Image

from imaging import apng
from imaging.formats import Format
from tests.pictures import chunk, colour_at, encoded, opened
from tests.unit.imaging import files
from tests.unit.imaging.results import made, near


def animated(format_: str, **options: object) -> bytes:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "lime", "blue")]
    return encoded(
        frames[0],
        format_,
        save_all=True,
        append_images=frames[1:],
        duration=[100, 200, 300],
        loop=0,
        **options,
    )


@pytest.mark.parametrize("source", ["GIF", "WEBP", "PNG"])
def test_auto_makes_animated_webp_of_what_moves(source: str) -> None:
    done = made(animated(source), quality=80)
    image = opened(done.data)
    assert (done.format, image.n_frames) == (Format.WEBP, 3)  # type: ignore[attr-defined] # WebP
    durations = []
    for index, colour in enumerate([(255, 0, 0), (0, 255, 0), (0, 0, 255)]):
        image.seek(index)
        image.load()
        durations.append(image.info["duration"])
        assert near(colour_at(image, 0.5, 0.5)[:3], colour, 20)
    assert durations == [100, 200, 300]
    assert image.info["loop"] == 0


@pytest.mark.parametrize("source", ["GIF", "WEBP", "PNG"])
def test_what_moves_shrinks_in_every_frame(source: str) -> None:
    image = opened(made(animated(source), max_width=20).data)
    assert image.size == (20, 15)
    assert image.n_frames == 3  # type: ignore[attr-defined] # WebP


@pytest.mark.parametrize("source", ["GIF", "WEBP", "PNG"])
def test_jpeg_shows_the_first_frame_of_what_moves(source: str) -> None:
    done = made(animated(source), format="jpeg", quality=90)
    assert near(colour_at(opened(done.data), 0.5, 0.5), (255, 0, 0), 5)


@pytest.mark.parametrize("source", ["GIF", "WEBP", "PNG"])
def test_keep_keeps_moving(source: str) -> None:
    done = made(animated(source), format="keep", max_width=20)
    image = opened(done.data)
    assert image.format == source
    assert image.n_frames == 3  # type: ignore[attr-defined] # each of the three can move


def test_a_frame_beyond_the_screen_is_cut() -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "lime")]
    data = bytearray(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    second = data.rindex(b",\0\0\0\0\x28\0\x1e\0")
    data[second + 1] = 10  # ten pixels to the right
    image = opened(made(bytes(data)).data)
    assert image.size == (40, 30)
    assert image.n_frames == 2  # type: ignore[attr-defined] # WebP


def test_a_gif_that_plays_once_still_does() -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "lime")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=0)
    image = opened(made(data).data)
    assert image.info["loop"] == 1
    image.seek(1)
    image.load()
    assert image.info["duration"] == 100


def test_what_all_frames_of_a_png_share_is_there_once() -> None:
    """Each frame's decoder reads it, so a thousand frames would read thousands of chunks."""
    usual = files.apng(8, 8, 1_000)
    clear, large = chunk(b"tRNS", b"\0\0"), chunk(b"PLTE", bytes(3_000_000))
    data = usual[:33] + clear * 20_000 + large + usual[33:]
    found = apng.read(data, most=1_000)
    assert found is not None
    assert (len(found.parts), found.shared) == (1_000, clear)


def test_frames_beyond_those_that_are_shown_are_not_remembered() -> None:
    data = files.apng(8, 8, 5_000)
    found = apng.read(data, most=1_000)
    assert found is not None
    assert (found.declared, len(found.parts)) == (5_000, 1_000)


@pytest.mark.parametrize(
    ("source", "plays"), [("PNG", 2**32 - 1), ("PNG", 65_536), ("GIF", 65_535)]
)
@pytest.mark.parametrize("format_", ["webp", "avif", "keep"])
def test_what_plays_more_often_than_formats_can_say_plays_as_often_as_they_can(
    source: str, plays: int, format_: str
) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime")]
    data = encoded(frames[0], source, save_all=True, append_images=frames[1:], loop=7)
    usual, more = (
        (chunk(b"acTL", struct.pack(">II", 2, count)) for count in (7, plays))
        if source == "PNG"
        else (b"\3\1" + struct.pack("<H", count) for count in (7, plays))
    )
    assert usual in data
    image = opened(made(data.replace(usual, more), format=format_).data)
    assert getattr(image, "n_frames", 1) == 2
    assert format_ == "avif" or image.info["loop"] >= 65_535


def test_only_the_first_page_of_a_tiff_is_used() -> None:
    pages = [Image.new("RGB", (40, 30), "red"), Image.new("RGB", (80, 60), "blue")]
    done = made(encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert (done.format, done.width) == (Format.JPEG, 40)
