"""Moving images: how many frames, and each of them whole."""

from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from imaging.formats import Format
from imaging.stripping import colour_table

SHORTEST = 20
"""Milliseconds. Browsers show a frame that asks for less as long as ``DEFAULT``, and so do we."""

DEFAULT = 100


@dataclass(frozen=True)
class Frame:
    """One picture of an animation, composed of all before it; ``milliseconds`` is its time."""

    image: Image.Image
    milliseconds: int = 0


def count(image: Image.Image, format_: Format, data: bytes, *, most: int) -> int:
    """Frames of an opened image, counted to ``most`` at least; a TIFF's pages are no frames."""
    if format_ == Format.GIF:  # Pillow would parse the whole file, however long
        return _gif_frames(data, most)
    if format_ not in {Format.PNG, Format.WEBP, Format.AVIF}:
        return 1
    frames = int(getattr(image, "n_frames", 1))
    if image.info.get("default_image"):
        frames -= 1  # an APNG's picture for those who cannot play it
    return max(1, frames)


def frames(image: Image.Image) -> Iterator[Frame]:
    """Each frame, whole and loaded, in the order of the animation."""
    first = 1 if image.info.get("default_image") else 0
    for index in range(first, int(getattr(image, "n_frames", 1))):
        image.seek(index)
        image.load()
        milliseconds = round(float(image.info.get("duration") or 0))
        yield Frame(image.copy(), milliseconds if milliseconds >= SHORTEST else DEFAULT)


def loops(image: Image.Image, format_: Format) -> int:
    """How often it plays, 0 for ever. A GIF that says nothing plays once."""
    loop = image.info.get("loop", 1 if format_ == Format.GIF else 0)
    return min(max(int(loop), 0), 0xFFFF)


def _gif_frames(data: bytes, most: int) -> int:
    """Counts image descriptors block by block (GIF89a, section 20), without touching a pixel."""
    at = 13 + colour_table(data[10])
    found = 0
    while at < len(data) and found < most:
        kind = data[at]
        if kind == 0x2C:
            found += 1
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
    return max(1, found)
