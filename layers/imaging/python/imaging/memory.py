"""How much memory an image will take, told from its headers."""

from imaging import choice, encoding, geometry
from imaging.formats import Format
from imaging.source import MOST_PIXELS, Source
from pipeline.options import ImageOptions

DECODED = 14
"""Bytes a pixel of the source, in all its frames: of WebP, whose decoder holds two canvases, of
JPEGs in inks, turned, or encoded at quality 95, of animations. Others take 4 to 11."""

ENCODED = {Format.WEBP: (40, 48), Format.AVIF: (36, 40)}
ENCODED_LARGE = {Format.WEBP: (20, 40), Format.AVIF: (36, 40)}
"""Bytes a pixel of the result, in one frame, without and with transparency; large is a still
picture of more than ``encoding.LARGE``. Of noise at quality 100, the worst case. Encoders of other
formats take no more than decoders."""

MOST = DECODED * MOST_PIXELS
"""Bytes. An image that needs more has a file of tens of megabytes as well, and is worked alone."""

KEPT = 8
"""Bytes a pixel of an animation's frames while one is encoded; AVIF's encoder looks ahead."""

COPIES = 4
"""Of the file: what readers are given, and a result whose size follows its source's."""


PIECE = 400
"""For each strip or tile of a TIFF, of which Pillow makes an object."""


def needed(source: Source, options: ImageOptions) -> int:
    """Bytes that ``compress`` takes at most, besides the file."""
    target = choice.target(options, source.format)
    moving = source.frames > 1 and choice.moves(target, source.format)
    pixels = source.width * source.height * (source.frames if moving else 1)
    held = KEPT * pixels if moving else 0
    may_be_transparent = source.format not in {Format.JPEG, Format.BMP}
    pieces = len(getattr(source.image, "tile", ()))
    besides = COPIES * len(source.data) + PIECE * pieces
    return besides + max(
        DECODED * pixels,
        held + _encoded(source, options, target, transparent=False, moving=moving),
        held + _encoded(source, options, target, transparent=may_be_transparent, moving=moving),
    )


def _encoded(
    source: Source, options: ImageOptions, target: Format, *, transparent: bool, moving: bool
) -> int:
    """Of one frame; its orientation is not known yet, so the larger of both ways counts."""
    if target not in ENCODED:
        return 0
    upright = (source.width, source.height)
    area = max(
        width * height
        for width, height in (
            geometry.fitted(size, options, target, transparent=transparent, moving=moving)
            for size in (upright, upright[::-1])
        )
    )
    table = ENCODED_LARGE if area > encoding.LARGE and not moving else ENCODED
    return area * table[target][transparent]
