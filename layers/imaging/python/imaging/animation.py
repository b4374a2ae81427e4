"""Moving images: how many frames, and each of them whole."""

from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from imaging.formats import Format
from imaging.stripping import colour_table

SHORTEST = 20
"""Milliseconds. Browsers show a frame that asks for less as long as ``DEFAULT``, and so do we."""

DEFAULT = 100

LONGEST = 655_350
"""Milliseconds. GIF's longest; a thousand of them still fit into WebP's clock."""


@dataclass(frozen=True)
class Frame:
    """One picture of an animation, composed of all before it; ``milliseconds`` is its time."""

    image: Image.Image
    milliseconds: int = 0


@dataclass(frozen=True)
class GifShape:
    """What a GIF's blocks say. Frames may reach beyond the screen, and Pillow makes room for them:
    ``width`` and ``height`` hold them all."""

    frames: int
    width: int
    height: int


def gif_shape(data: bytes, *, most: int) -> GifShape:
    """Reads a GIF block by block (GIF89a, section 20) without touching a pixel.

    Pillow would parse the whole file, however many frames it has; this stops after ``most``.
    """
    at = 13 + colour_table(data[10])
    width, height = _two(data, 6), _two(data, 8)
    frames = 0
    while at < len(data) and frames < most:
        kind = data[at]
        if kind == 0x2C:
            frames += 1
            width = max(width, _two(data, at + 1) + _two(data, at + 5))
            height = max(height, _two(data, at + 3) + _two(data, at + 7))
            at += 10 + colour_table(data[at + 9]) + 1
        elif kind == 0x21:
            at += 2
        elif kind == 0x3B:
            break
        else:  # rubbish between blocks; Pillow steps over it too
            at += 1
            continue
        while at < len(data) and data[at]:
            at += data[at] + 1
        at += 1
    return GifShape(max(1, frames), width, height)


def count(image: Image.Image, format_: Format) -> int:
    """Frames of an opened PNG, WebP or AVIF; 1 for whatever cannot move. A TIFF has pages."""
    if format_ not in {Format.PNG, Format.WEBP, Format.AVIF}:
        return 1
    frames = int(getattr(image, "n_frames", 1))
    if image.info.get("default_image"):
        frames -= 1  # an APNG's picture for those who cannot play it
    return max(1, frames)


def frames(image: Image.Image) -> Iterator[Frame]:
    """Each frame, whole and loaded, in the order of the animation and the size of the first."""
    first = 1 if image.info.get("default_image") else 0
    size = None
    for index in range(first, int(getattr(image, "n_frames", 1))):
        image.seek(index)
        image.load()
        size = size or image.size
        whole = image.copy() if image.size == size else image.crop((0, 0, *size))
        milliseconds = round(float(image.info.get("duration") or 0))
        yield Frame(whole, min(milliseconds, LONGEST) if milliseconds >= SHORTEST else DEFAULT)


def loops(image: Image.Image, format_: Format) -> int:
    """How often it plays, 0 for ever. A GIF that says nothing plays once."""
    loop = image.info.get("loop", 1 if format_ == Format.GIF else 0)
    return min(max(int(loop), 0), 0xFFFF)


def _two(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")
