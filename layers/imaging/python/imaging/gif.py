"""GIF's blocks (GIF89a), and its frames put together as browsers do.

Pillow's own reading takes the background colour, often black, where browsers show what is behind.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from imaging import canvas
from imaging.canvas import Disposal

SCREEN = 13
"""Bytes of the header and the screen's descriptor."""

TRAILER, IMAGE, EXTENSION, CONTROL, APPLICATION = 0x3B, 0x2C, 0x21, 0xF9, 0xFF

_DISPOSALS = {2: Disposal.TO_NOTHING, 3: Disposal.TO_PREVIOUS}

MOST_BLOCKS = 100_000
"""Extensions and stray bytes. Files of a thousand frames have some thousand."""

LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


@dataclass(frozen=True)
class Part:
    """One frame: the rectangle that it draws, and ``data[start:end]`` from its descriptor on."""

    left: int
    top: int
    width: int
    height: int
    start: int
    end: int
    control: bytes = b""

    @property
    def disposal(self) -> Disposal:
        method = self.control[3] >> 2 & 7 if self.control else 0
        return _DISPOSALS.get(method, Disposal.STAYS)

    @property
    def milliseconds(self) -> int:
        return int.from_bytes(self.control[4:6], "little") * 10

    @property
    def box(self) -> tuple[int, int, int, int]:
        return self.left, self.top, self.left + self.width, self.top + self.height


@dataclass(frozen=True)
class Gif:
    """What a GIF's blocks say. ``plays`` is how often it plays, 0 for ever."""

    width: int
    height: int
    plays: int
    parts: list[Part]


def read(data: bytes, *, most: int) -> Gif:
    """Reads a GIF block by block without touching a pixel; stops after ``most`` frames.

    The screen grows to hold the first frame, and a frame without a size has the screen's: both as
    browsers do with what careless encoders write. One play more than a loop's count is shown.
    """
    width, height = _two(data, 6), _two(data, 8)
    at = SCREEN + colour_table(data[10])
    parts: list[Part] = []
    plays, control, blocks = 1, b"", 0
    while at < len(data) and len(parts) < most:
        blocks += 1
        if blocks > MOST_BLOCKS:
            raise ValueError("a GIF of nothing but blocks")
        kind, start = data[at], at
        if kind == IMAGE:
            left, top, wide, high = (_two(data, at + n) for n in (1, 3, 5, 7))
            at = after_blocks(data, at + 11 + colour_table(data[at + 9]))
            if not parts:
                width, height = max(width, left + wide), max(height, top + high)
            parts.append(Part(left, top, wide or width, high or height, start, at, control))
            control = b""
        elif kind == EXTENSION:
            at = after_blocks(data, at + 2)
            if data[start + 1] == CONTROL and data[start + 2] >= 4:
                control = b"!\xf9\x04" + data[start + 3 : start + 7] + b"\0"
            elif data[start + 3 : start + 14] in LOOPS and data[start + 14 : start + 16] == b"\3\1":
                count = _two(data, start + 16)
                plays = count + 1 if count else 0
        elif kind == TRAILER:
            break
        else:  # rubbish between blocks
            at += 1
    return Gif(width, height, plays, parts)


def still(data: bytes, gif: Gif) -> Image.Image:
    """The first frame; with its palette if it fills the screen."""
    if not gif.parts:
        raise EOFError("a GIF without an image")
    part = gif.parts[0]
    if part.box == (0, 0, gif.width, gif.height):
        return _drawn(data, part)
    return next(screens(data, gif))


def screens(data: bytes, gif: Gif) -> Iterator[Image.Image]:
    """What the screen shows at each frame, in mode RGBA."""
    return canvas.screens(
        (gif.width, gif.height),
        (
            canvas.Part(_drawn(data, part).convert("RGBA"), part.left, part.top, part.disposal)
            for part in gif.parts
        ),
    )


def _drawn(data: bytes, part: Part) -> Image.Image:
    """A frame by itself, as a GIF of its own that is given to the decoder."""
    size = part.width.to_bytes(2, "little") + part.height.to_bytes(2, "little")
    table = SCREEN + colour_table(data[10])
    alone = (
        (data[:6] + size + data[10:table])
        + part.control
        + (b",\0\0\0\0" + size + data[part.start + 9 : part.end])
    )
    image = Image.open(io.BytesIO(alone + b";"), formats=["GIF"])
    image.load()
    return image


def colour_table(flags: int) -> int:
    """Bytes of the colour table that follows a descriptor with these flags."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def after_blocks(data: bytes, at: int) -> int:
    """Where the chain of blocks that begins at ``at`` ends; the end of the data if it is cut."""
    while at < len(data) and data[at]:
        at += data[at] + 1
    return min(at + 1, len(data))


def _two(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")
