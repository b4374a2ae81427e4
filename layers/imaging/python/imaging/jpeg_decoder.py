"""A JPEG's pixels: by libjpeg, through Pillow."""

import io
from dataclasses import replace

from PIL import Image, ImageChops, JpegImagePlugin

from imaging.jpeg import LOSSLESS, PROGRESSIVE, Jpeg

HEADROOM = 4 / 3
"""What the decoder leaves for the better filter to shrink. Two filters one after the other are
softer than one: where the second has little to do, edges lose a quarter of their contrast."""

_PADDING = bytes(range(1, 129))
"""Data that no encoder would write."""


def opened(jpeg: Jpeg) -> Image.Image:
    """Without Pillow's search for further pictures in the file."""
    return JpegImagePlugin.JpegImageFile(io.BytesIO(jpeg.data))


def shrink(jpeg: Jpeg, image: Image.Image, size: tuple[int, int]) -> None:
    """Has the decoder shrink by 8, 4 or 2: to exactly ``size``, or leaving ``HEADROOM``.

    It does so within the cosine transform, which takes less time than not shrinking.
    """
    for by in (8, 4, 2):
        width, height = -(-image.width // by), -(-image.height // by)
        if (width, height) == size or min(width / size[0], height / size[1]) >= HEADROOM:
            _divide(jpeg, image, by)
            return


def _divide(jpeg: Jpeg, image: Image.Image, by: int) -> None:
    if jpeg.coverage.frame != LOSSLESS:  # which has no transform
        image.draft(None, (max(1, image.width // by), max(1, image.height // by)))


def may_be_cut_short(jpeg: Jpeg, image: Image.Image) -> bool:
    """Whether a decoded picture should be held against ``is_whole``: the end marker was missing,
    or the last pixel is the mid grey that libjpeg leaves where data is missing."""
    if not jpeg.ended:
        return True
    last = image.getpixel((image.width - 1, image.height - 1))
    return last in {128, (128, 128, 128)}


def is_whole(jpeg: Jpeg) -> bool:
    """Whether the data reaches to the last pixel, which libjpeg does not tell through Pillow.

    Where it does, what comes after it makes no difference; where not, it is taken for pixels. An
    eighth of the size shows it, and half of it where the last scans only refine. Scans that are
    missing altogether are allowed to a file that has an end: some are made so, to be small.
    """
    if not jpeg.ended and not jpeg.coverage.is_full:
        return False
    one, other = (
        _shrunk(replace(jpeg, data=jpeg.data[:-2] + padding + jpeg.data[-2:]))
        for padding in (b"", _PADDING)
    )
    return ImageChops.difference(one, other).getbbox() is None


def _shrunk(jpeg: Jpeg) -> Image.Image:
    image = opened(jpeg)
    _divide(jpeg, image, 2 if jpeg.coverage.frame in PROGRESSIVE else 8)
    image.load()
    return image
