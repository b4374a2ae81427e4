"""What was downloaded, understood from its headers alone: no pixel exists yet."""

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image

from imaging import animation, apng, avif, gif, jpeg, jpeg_decoder, readers, webp
from imaging.apng import Apng
from imaging.formats import Format, sniff
from imaging.gif import Gif
from imaging.jpeg import Jpeg
from pipeline.errors import ImageError, ImageErrorCode
from pipeline.messages import SourceImage

LARGEST_FILE = 50_000_000
"""Bytes."""

MOST_PIXELS = 100_000_000
"""In one image, or in all frames of an animation together: 400 MB once decoded."""

MOST_FRAMES = 1_000

# Pillow's own check, in case a reader finds a way around ours. It only warns up to twice as much.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)

UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    struct.error,
)
"""Whatever Pillow's readers raise over a file that breaks its format's rules."""


@contextmanager
def reading() -> Iterator[None]:
    """Turns a reader's stumbling over a broken file into ``corrupt_image``."""
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError(
            ImageErrorCode.TOO_MANY_PIXELS, "The image is larger than 100 megapixels."
        ) from error
    except UNREADABLE as error:
        raise ImageError(
            ImageErrorCode.CORRUPT_IMAGE, "The image is broken or incomplete."
        ) from error


@dataclass
class Source:
    """A downloaded image, opened but not loaded. ``frames`` is 1 for whatever does not move.

    ``image`` is None for a GIF, whose frames ``gif`` describes. ``apng`` describes those of a PNG
    that moves.
    """

    data: bytes
    format: Format
    width: int
    height: int
    frames: int
    image: Image.Image | None
    jpeg: Jpeg | None = None
    gif: Gif | None = None
    apng: Apng | None = None

    def take(self) -> Image.Image:
        """Hands the opened image over, once: kept here, its pixels would outlive their use."""
        image, self.image = self.image, None
        if image is None:
            raise ValueError("a source is used once")
        return image

    @property
    def pixels(self) -> int:
        return self.width * self.height * self.frames

    @property
    def summary(self) -> SourceImage:
        return SourceImage(
            bytes=len(self.data), width=self.width, height=self.height, format=self.format
        )


def open_source(data: bytes) -> Source:
    """Reads the headers and holds them against the caps.

    Raises:
        ImageError: ``not_an_image``, ``unsupported_format``, ``corrupt_image``, ``too_large``,
            ``too_many_pixels``.
    """
    if len(data) > LARGEST_FILE:
        raise ImageError(ImageErrorCode.TOO_LARGE, "The file is larger than 50 MB.")
    format_ = sniff(data)
    if format_ == Format.GIF:
        return _gif(data)
    if format_ == Format.JPEG:
        return _jpeg(data)
    with reading():
        if format_ == Format.WEBP:  # whose reader makes room for the pixels as it opens
            _check_size(*webp.size(data), frames=webp.frames(data, most=MOST_FRAMES))
        if format_ == Format.AVIF:
            _check_frames(avif.frames(data))
        image = readers.opened(data, format_)
    _check_size(*image.size, frames=1)
    with reading():
        chunks = apng.read(data, most=MOST_FRAMES) if format_ == Format.PNG else None
        frames = animation.count(image, format_) if chunks is None else max(1, chunks.declared)
    _check_size(*image.size, frames=frames)
    return Source(data, format_, *image.size, frames, image, apng=chunks)


def _jpeg(data: bytes) -> Source:
    with reading():
        parts = jpeg.read(data)
        image = jpeg_decoder.opened(parts)
    _check_size(*image.size, frames=1)
    if parts.scans * image.width * image.height > jpeg.MOST_SCANNED:
        raise ImageError(ImageErrorCode.CORRUPT_IMAGE, "The JPEG has too many scans.")
    return Source(data, Format.JPEG, *image.size, 1, image, jpeg=parts)


def _gif(data: bytes) -> Source:
    with reading():
        blocks = gif.read(data, most=MOST_FRAMES + 1)
    frames = max(1, len(blocks.parts))
    _check_size(blocks.width, blocks.height, frames=frames)
    drawn = sum(part.width * part.height for part in blocks.parts)
    _check_size(
        drawn, 1, frames=1
    )  # frames may reach beyond the screen, which is drawn all the same
    return Source(data, Format.GIF, blocks.width, blocks.height, frames, None, gif=blocks)


def _check_size(width: int, height: int, *, frames: int) -> None:
    if width < 1 or height < 1:
        raise ImageError(ImageErrorCode.CORRUPT_IMAGE, "The image has no pixels.")
    _check_frames(frames)
    if width * height * frames > MOST_PIXELS:
        shape = f"{width} × {height}" + (f" × {frames} frames" if frames > 1 else "")  # noqa: RUF001
        raise ImageError(
            ImageErrorCode.TOO_MANY_PIXELS, f"The image is larger than 100 megapixels ({shape})."
        )


def _check_frames(frames: int) -> None:
    if frames > MOST_FRAMES:
        raise ImageError(
            ImageErrorCode.TOO_MANY_PIXELS, f"The animation has more than {MOST_FRAMES} frames."
        )
