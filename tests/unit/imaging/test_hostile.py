"""Files that somebody made to be difficult, or that cameras and programs make by themselves."""

import os
import struct
import subprocess
import sys
import time

import pytest
from PIL import Image

from imaging import png
from imaging.formats import Format
from pipeline.errors import ImageError
from tests.cloud import ROOT
from tests.pictures import difference, encoded, opened, photo
from tests.unit.imaging import hostile, odd_pngs
from tests.unit.imaging.files import JPEG, PICTURE
from tests.unit.imaging.results import made

REFUSED = hostile.refused()
SHOWN = hostile.shown()
SEEN_THROUGH = dict(hostile.seen_through())
WHITE = dict(odd_pngs.white_seen_through())
WHOLE = dict(hostile.whole())

LONGEST = 5.0
"""Seconds of CPU that any of these may take on a slow machine."""

pytestmark = pytest.mark.filterwarnings("ignore")  # Pillow's, about broken metadata


def test_the_files_are_the_same_whenever_they_are_made() -> None:
    program = "from tests.unit.imaging.hostile import digests; print(*digests(), sep='\\n')"
    later = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "TZ": "Asia/Kolkata", "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert later.stdout.splitlines() == list(hostile.digests())


@pytest.mark.parametrize("name", REFUSED)
def test_it_ends_with_the_code_that_fits(name: str) -> None:
    data, code = REFUSED[name]
    started = time.process_time()
    with pytest.raises(ImageError) as caught:
        made(data)
    assert caught.value.code == code
    assert time.process_time() - started < LONGEST


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("format_", ["auto", "keep"])
def test_it_is_shown_all_the_same(name: str, format_: str) -> None:
    started = time.process_time()
    done = made(SHOWN[name], format=format_, quality=90)
    assert time.process_time() - started < LONGEST
    off = difference(opened(done.data), PICTURE)
    assert off < (9 if name.startswith("gif") else 5)
    assert len(done.data) < 60_000
    for part in (b"PK\3\4", b"<script", b"%PDF", b"secret"):
        assert part not in done.data


@pytest.mark.parametrize("name", SEEN_THROUGH)
@pytest.mark.parametrize("format_", ["auto", "jpeg", "png", "avif", "keep"])
def test_what_is_transparent_is_never_black(name: str, format_: str) -> None:
    """A colour that is said to be transparent, in palettes and at each depth of grey and colour."""
    done = made(SEEN_THROUGH[name], format=format_, quality=90)
    image = opened(done.data).convert("RGBA")
    left, right = image.getpixel((1, 8)), image.getpixel((image.width - 2, 8))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[3] < 3 if done.format != Format.JPEG else min(left[:3]) > 250
    assert right[3] > 252
    assert min(right[:3]) > 245


@pytest.mark.parametrize("name", WHITE)
@pytest.mark.parametrize("format_", ["auto", "png"])
def test_the_highest_level_can_be_transparent_as_well(name: str, format_: str) -> None:
    done = made(WHITE[name], format=format_)
    read = png.opened if format_ == "png" else opened  # Pillow by itself mistakes 2 and 4 bits
    image = read(done.data).convert("RGBA")
    left, right = image.getpixel((1, 8)), image.getpixel((14, 8))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert (left[3], right[3]) == (255, 0)
    assert max(left[:3]) < 6


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("share", [0.1, 0.4, 0.7, 0.9])
def test_what_was_cut_short_is_corrupt(name: str, share: float) -> None:
    data = WHOLE[name]
    assert made(data).data
    with pytest.raises(ImageError) as caught:
        made(data[: int(len(data) * share)])
    assert caught.value.code == "corrupt_image"


def test_grey_in_the_last_corner_is_not_taken_for_missing_data() -> None:
    grey = Image.new("RGB", (64, 48), (128, 128, 128))
    assert made(encoded(grey, "JPEG")).format == Format.JPEG
    assert made(encoded(grey, "JPEG", progressive=True)[:-2]).format == Format.JPEG


def test_a_source_in_inks_never_comes_out_in_inks() -> None:
    """Even if its result is larger: browsers' colours are worth more than bytes."""
    data = encoded(photo().convert("CMYK"), "JPEG", quality=5)
    assert opened(made(data, quality=100).data).mode == "RGB"


def test_what_a_gif_does_not_draw_is_seen_through() -> None:
    done = made(gif_of_parts((10, 10, 20, 20, 0)))
    image = opened(done.data).convert("RGBA")
    assert done.format == Format.WEBP
    assert (done.width, done.height) == (64, 48)
    alphas = [image.getpixel(place)[3] for place in ((2, 2), (20, 20))]  # type: ignore[index] # RGBA
    assert alphas == [0, 255]


@pytest.mark.parametrize(
    ("disposal", "alphas"),
    [(0, (255, 255)), (1, (255, 255)), (2, (0, 0)), (3, (255, 0))],
    ids=["any", "keep", "clear", "restore"],
)
def test_a_gifs_frames_leave_the_screen_as_they_say(disposal: int, alphas: tuple[int, int]) -> None:
    """Looked at in the third frame: where the first and where the second had drawn."""
    first = 1 if disposal == 3 else disposal
    data = gif_of_parts((0, 0, 10, 10, first), (20, 20, 10, 10, disposal), (40, 30, 10, 10, 0))
    image = opened(made(data).data)
    image.seek(2)
    last = image.convert("RGBA")
    found = tuple(last.getpixel(place)[3] for place in ((5, 5), (25, 25)))  # type: ignore[index] # RGBA
    assert found == alphas
    assert last.getpixel((45, 35))[3] == 255  # type: ignore[index] # RGBA


def test_a_gif_without_a_screen_is_as_large_as_its_first_frame() -> None:
    data = bytearray(gif_of_parts((0, 0, 20, 10, 0)))
    data[6:10] = bytes(4)
    assert (made(bytes(data)).width, made(bytes(data)).height) == (20, 10)


def test_fast_animations_keep_their_pace() -> None:
    """60 frames a second, which GIF cannot say but WebP can."""
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime")]
    data = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=16)
    image = opened(made(data).data)
    image.seek(1)
    image.load()
    assert image.info["duration"] == 16


def test_a_picture_is_taken_from_its_first_end_marker() -> None:
    other = encoded(Image.new("RGB", (64, 48), "red"), "JPEG")
    assert difference(opened(made(JPEG + other).data), PICTURE) < 6


def gif_of_parts(*parts: tuple[int, int, int, int, int]) -> bytes:
    """A GIF of 64 x 48 without transparency whose frames draw rectangles of one colour each.

    Args:
        parts: left, top, width, height and disposal.
    """
    data = b"GIF89a" + struct.pack("<HHBBB", 64, 48, 0x80, 0, 0) + b"\0\0\0\xff\0\0"
    for left, top, width, height, disposal in parts:
        one = Image.new("P", (width, height), 1)
        one.putpalette([0, 0, 0, 255, 0, 0])
        whole = encoded(one, "GIF", optimize=False)
        at = whole.index(struct.pack("<BHHHH", 0x2C, 0, 0, width, height))
        table = 3 << (whole[at + 9] & 7) + 1 if whole[at + 9] & 0x80 else 0
        data += b"!\xf9\4" + bytes([disposal << 2, 10, 0, 0, 0])
        data += struct.pack("<BHHHHB", 0x2C, left, top, width, height, 0)
        data += whole[at + 10 + table : -1]
    return data + b";"
