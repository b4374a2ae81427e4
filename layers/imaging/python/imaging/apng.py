"""Animated PNG (PNG's third edition), its frames put together as browsers do.

Pillow's own reading clears to black what is cleared to nothing, in files without an alpha channel.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from PIL import Image

from imaging import canvas, png
from imaging.canvas import Disposal
from imaging.colours import eight_bits

_DISPOSALS = (Disposal.STAYS, Disposal.TO_NOTHING, Disposal.TO_PREVIOUS)

_SHARED = {b"PLTE": 3 * 256, b"tRNS": 256}
"""What all frames are drawn with, and how many bytes it has at most: each frame's decoder is given
it anew."""

_PIXELS = {b"IDAT": 0, b"fdAT": 4}
"""What holds a frame's pixels, and how many bytes stand before them."""

_AROUND = 12
"""Bytes of a chunk besides its body."""


@dataclass(frozen=True)
class Part:
    """One frame: the rectangle that it draws, how, and where in the file its pixels are."""

    width: int
    height: int
    left: int
    top: int
    milliseconds: float
    disposal: Disposal
    replaces: bool
    pieces: list[slice] = field(default_factory=list)


@dataclass(frozen=True)
class Apng:
    """What an animation's chunks say. ``plays`` is how often it plays, 0 for ever.

    It may declare more frames than it has.
    """

    width: int
    height: int
    declared: int
    plays: int
    kind: bytes
    shared: bytes
    parts: list[Part]


def read(data: bytes, *, most: int) -> Apng | None:
    """Reads the chunks without touching a pixel, and remembers ``most`` frames at most. None for a
    PNG that does not move.

    Raises:
        ValueError, LookupError, struct.error: an animation that breaks its format's rules.
    """
    declared = plays = width = height = 0
    kind = b""
    shared: list[bytes] = []
    parts: list[Part] = []
    part: Part | None = None
    for name, start, end in png.first(png.chunks(data)):
        body = slice(start + 8, end - 4)
        if name == b"IHDR":
            width, height, kind = *struct.unpack_from(">II", data, start + 8), data[body][8:13]
        elif name == b"acTL" and end - start == 20:
            declared, plays = struct.unpack_from(">II", data, start + 8)
        elif name == b"IDAT" and declared < 2:
            return None  # an announcement after the picture is none
        elif name in _SHARED and end - start <= _SHARED[name] + _AROUND:
            shared.append(data[start:end])
        elif name == b"fcTL":
            part = _part(data[body])
            if len(parts) < min(declared, most):
                parts.append(part)
        elif name in _PIXELS and part:
            part.pieces.append(slice(body.start + _PIXELS[name], body.stop))
    _check_places(parts, width, height)
    return Apng(width, height, declared, plays, kind, b"".join(shared), parts)


def _check_places(parts: list[Part], width: int, height: int) -> None:
    if any(part.left + part.width > width or part.top + part.height > height for part in parts):
        raise ValueError("a frame beyond its PNG")


def _part(control: bytes) -> Part:
    _, width, height, left, top, delay, per, disposal, blend = struct.unpack(">5I2H2B", control)
    milliseconds = delay * 1000 / (per or 100)
    return Part(width, height, left, top, milliseconds, _DISPOSALS[disposal], replaces=not blend)


def screens(data: bytes, apng: Apng) -> Iterator[Image.Image]:
    """What is seen at each frame, in mode RGBA.

    Raises:
        EOFError: there are fewer frames than declared. Others as Pillow.
    """
    if len(apng.parts) < apng.declared:
        raise EOFError("a PNG with frames missing")
    return canvas.screens(
        (apng.width, apng.height),
        (
            canvas.Part(_drawn(data, apng, part), part.left, part.top, part.disposal, part.replaces)
            for part in apng.parts
        ),
    )


def _drawn(data: bytes, apng: Apng, part: Part) -> Image.Image:
    """A frame by itself, as a PNG of its own that is given to the decoder."""
    header = struct.pack(">II", part.width, part.height) + apng.kind
    alone = [data[: png.SIGNATURE], png.chunk(b"IHDR", header), apng.shared]
    alone += (png.chunk(b"IDAT", data[piece]) for piece in part.pieces)
    image = png.opened(b"".join([*alone, png.chunk(b"IEND", b"")]))
    image.load()
    return eight_bits(image).convert("RGBA")
