"""Photographs that the JPEG decoder helps to shrink, held against the best filter alone."""

from functools import cache

import pytest
from PIL import Image, ImageFilter, ImageStat

from bench.corpus import photograph
from tests.pictures import encoded, opened
from tests.unit.imaging.pixels import Pixels, ssim
from tests.unit.imaging.results import made

LEAST_ALIKE = 0.98
"""SSIM of the worst photograph."""

LEAST_SHARP = 0.8
"""Variance of the Laplacian, as a share of what the filter alone leaves: 0.83 was the least."""


@cache
def sources() -> list[bytes]:
    return [
        encoded(photograph(1200, 900, seed=seed), "JPEG", quality=92, subsampling=subsampling)
        for seed, subsampling in ((31, "4:2:0"), (32, "4:4:4"))
    ]


def sharpness(image: Image.Image) -> float:
    kernel = ImageFilter.Kernel((3, 3), [0, -1, 0, -1, 4, -1, 0, -1, 0], scale=2, offset=128)
    return ImageStat.Stat(image.convert("L").filter(kernel)).var[0]


@pytest.mark.parametrize("ratio", [1.5, 2, 2.05, 2.7, 3.5, 4, 4.1, 5.4, 8, 8.2, 11])
def test_shrunk_photographs_are_as_sharp_as_by_the_filter_alone(ratio: float) -> None:
    for data in sources():
        done = made(data, max_width=round(1200 / ratio), format="png")
        found = opened(done.data)
        best = opened(data).resize((done.width, done.height), Image.Resampling.LANCZOS)
        assert sharpness(found) / sharpness(best) > LEAST_SHARP
        if done.width <= 350:  # larger ones take a second each
            assert ssim(Pixels.of(found), Pixels.of(best)) > LEAST_ALIKE
