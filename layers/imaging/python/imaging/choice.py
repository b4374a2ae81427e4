"""Which format a picture becomes."""

from imaging.formats import Format
from pipeline.options import ImageFormat, ImageOptions


def target(options: ImageOptions, source: Format, *, plain: bool = False) -> Format:
    """The format asked for; under ``auto`` what the picture needs.

    Args:
        plain: the picture is known neither to move nor to be seen through. JPEGs always are.
    """
    match options.format:
        case ImageFormat.AUTO:
            return Format.JPEG if plain or source == Format.JPEG else Format.WEBP
        case ImageFormat.KEEP:
            return source
        case _:
            return Format(options.format)


def moves(target: Format, source: Format) -> bool:
    """Whether an animation stays one. GIF and APNG are only kept, never made: both are far larger
    than the WebP of the same animation."""
    return target in {Format.WEBP, Format.AVIF} or (
        target == source and target in {Format.GIF, Format.PNG}
    )
