"""How large, and which way up."""

import math

from PIL import ExifTags, Image

from imaging.formats import Format
from imaging.png import LARGEST_EXIF
from imaging.source import UNREADABLE
from pipeline.options import ImageOptions

LARGEST_SIDE = {Format.WEBP: 16_383, Format.JPEG: 65_500, Format.GIF: 65_535, Format.AVIF: 32_768}
"""Pixels. What the formats hold, or libjpeg writes, or libavif reads; the others hold whatever the
pixel cap allows."""

LARGEST_AREA = {Format.WEBP: 50_000_000, Format.AVIF: 36_000_000}
LARGEST_TRANSPARENT_AREA = {Format.WEBP: 25_000_000, Format.AVIF: 25_000_000}
LARGEST_MOVING_AREA = {Format.WEBP: 12_000_000, Format.AVIF: 12_000_000}
"""Pixels, of one frame. What their encoders have memory for (``imaging.memory``)."""

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each EXIF orientation (Exif 2.32, tag 0x0112)."""


def orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1-8; 1 where nothing sensible is said.

    XMP's is not asked, since browsers do not. Of megabytes of EXIF the beginning is, where the
    orientation stands: one that claims to be a million fractions would become as many objects.
    """
    image.info.pop("xmp", None)
    image.info.pop("XML:com.adobe.xmp", None)
    if "exif" in image.info:
        image.info["exif"] = image.info["exif"][:LARGEST_EXIF]
    try:
        found = image.getexif().get(ExifTags.Base.Orientation)
    except UNREADABLE:  # broken EXIF is no reason to lose a picture
        return 1
    return found if isinstance(found, int) and found in TURNS else 1


def seen(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Width and height as the picture is meant to be seen, and back again."""
    return size[::-1] if orientation >= 5 else size


def fitted(
    size: tuple[int, int],
    options: ImageOptions,
    format_: Format,
    *,
    transparent: bool = False,
    moving: bool = False,
) -> tuple[int, int]:
    """``size`` shrunk in proportion to what the user and the format allow; never larger."""
    width, height = size
    largest = LARGEST_SIDE.get(format_, max(size))
    areas = LARGEST_TRANSPARENT_AREA if transparent else LARGEST_AREA
    area = (LARGEST_MOVING_AREA if moving else areas).get(format_, width * height)
    scale = min(
        1.0,
        math.sqrt(area / (width * height)),
        min(options.max_width or width, largest) / width,
        min(options.max_height or height, largest) / height,
    )
    return max(1, round(width * scale)), max(1, round(height * scale))
