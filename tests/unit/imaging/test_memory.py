"""What is said to be needed of memory is enough."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from imaging.formats import Format
from imaging.memory import MOST, needed
from imaging.source import Source
from pipeline.options import ImageFormat, ImageOptions
from tests.pictures import shape
from tests.unit.imaging import peak

SLACK = 6_000_000
"""Bytes of tables and libraries that are loaded when they are first needed."""

FUNCTION = 1_769 * 1024 * 1024
"""Bytes of the function's memory."""

OTHERS = 350_000_000
"""Bytes of the function itself and of downloads that wait."""


def source(format_: Format, width: int, height: int, frames: int = 1) -> Source:
    return Source(b"", format_, width, height, frames, None)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells")
def test_no_image_takes_more_memory_than_its_headers_made_expect() -> None:
    """Of noise, the worst case, in a process of its own."""
    command = [sys.executable, "-W", "ignore", peak.__file__]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    figures = json.loads(done.stdout)
    over = {name: pair for name, pair in figures.items() if pair[0] > pair[1] + SLACK}
    assert len(figures) > 15
    assert over == {}


@pytest.mark.parametrize("size", [(10_000, 10_000), (65_000, 1_500)], ids=shape)
@pytest.mark.parametrize("format_", list(Format))
@pytest.mark.parametrize("wanted", list(ImageFormat))
def test_the_largest_images_fit_into_the_function(
    size: tuple[int, int], format_: Format, wanted: ImageFormat
) -> None:
    options = ImageOptions(format=wanted, quality=100)
    assert needed(source(format_, *size), options) <= MOST < FUNCTION - OTHERS


@pytest.mark.parametrize(("side", "frames"), [(7_000, 2), (3_000, 11), (316, 1_000)])
@pytest.mark.parametrize("wanted", list(ImageFormat))
def test_the_largest_animations_fit_into_the_function(
    side: int, frames: int, wanted: ImageFormat
) -> None:
    options = ImageOptions(format=wanted, quality=100)
    assert needed(source(Format.GIF, side, side, frames), options) <= MOST


def test_only_the_first_frame_counts_where_the_result_does_not_move() -> None:
    moving = source(Format.GIF, 1_000, 1_000, 50)
    still, all_ = (needed(moving, ImageOptions(format=f)) for f in (ImageFormat.JPEG, "webp"))
    assert still * 10 < all_


def test_a_small_result_needs_less_for_its_encoder() -> None:
    whole, small = (
        needed(source(Format.JPEG, 5_000, 4_000), ImageOptions(format="webp", max_width=width))
        for width in (None, 500)
    )
    assert small < whole
