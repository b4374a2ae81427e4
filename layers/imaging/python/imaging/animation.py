"""Moving images: how many frames, and each of them whole."""

from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from imaging import apng, gif
from imaging.formats import Format

SHORTEST = 11
"""Milliseconds. Browsers show a frame that asks for less as long as ``DEFAULT``, and so do we."""

DEFAULT = 100

LONGEST = 655_350
"""Milliseconds. GIF's longest; a thousand of them still fit into WebP's clock."""


@dataclass(frozen=True)
class Frame:
    """One picture of an animation, composed of all before it; ``milliseconds`` is its time."""

    image: Image.Image
    milliseconds: int = 0


def count(image: Image.Image, format_: Format) -> int:
    """Frames of an opened WebP or AVIF; 1 for whatever cannot move. A TIFF has pages."""
    return int(getattr(image, "n_frames", 1)) if format_ in {Format.WEBP, Format.AVIF} else 1


def frames(image: Image.Image) -> Iterator[Frame]:
    """Each frame, whole and loaded, in the order of the animation."""
    for index in range(int(getattr(image, "n_frames", 1))):
        image.seek(index)
        image.load()
        yield Frame(image.copy(), _shown(float(image.info.get("duration") or 0)))


def gif_frames(data: bytes, blocks: gif.Gif) -> Iterator[Frame]:
    """The same for a GIF."""
    for screen, part in zip(gif.screens(data, blocks), blocks.parts, strict=True):
        yield Frame(screen, _shown(part.milliseconds))


def apng_frames(data: bytes, chunks: apng.Apng) -> Iterator[Frame]:
    """The same for a PNG."""
    for screen, part in zip(apng.screens(data, chunks), chunks.parts, strict=True):
        yield Frame(screen, _shown(part.milliseconds))


def plays(image: Image.Image) -> int:
    """How often it plays, 0 for ever."""
    return min(max(int(image.info.get("loop", 0)), 0), 0xFFFF)


def _shown(milliseconds: float) -> int:
    return min(round(milliseconds), LONGEST) if milliseconds >= SHORTEST else DEFAULT
