"""WebP's chunks (RFC 9649), read without a decoder, and its pixels."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from PIL import Image, WebPImagePlugin

EXTENDED = b"VP8X"

MOST_CHUNKS = 10_000
"""A thousand frames have a thousand; libwebp remembers each."""

_HEADER = 12
"""Bytes before the first chunk."""

_FLAGS = 20
"""Where in the file an extended header has them."""

_ANIMATION, _ALPHA = 0x02, 0x10


class Chunk(NamedTuple):
    """``data[start:end]`` with its head and without padding; the file may end before ``end``."""

    kind: bytes
    start: int
    end: int


def chunks(data: bytes) -> Iterator[Chunk]:
    """All chunks of the file, without those within frames.

    Raises:
        ValueError: there are too many.
    """
    at, seen = _HEADER, 0
    stop = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    while at + 8 <= stop:
        seen += 1
        if seen > MOST_CHUNKS:
            raise ValueError("a WebP of too many chunks")
        kind, length = struct.unpack_from("<4sI", data, at)
        yield Chunk(kind, at, at + 8 + length)
        at += 8 + length + length % 2


def frames(data: bytes, *, most: int) -> int:
    """How many frames there are, up to one more than ``most``; 1 in whatever does not move.

    Raises:
        ValueError, LookupError: a file of too many chunks, or of none.
    """
    moves = data[_HEADER:16] == EXTENDED and bool(data[_FLAGS] & _ANIMATION)
    found = 0
    for chunk in chunks(data):
        found += moves and chunk.kind == b"ANMF"
        if found > most:
            break
    return max(1, found)


def size(data: bytes) -> tuple[int, int]:
    """Width and height of the canvas."""
    header = data[12:30].ljust(18, b"\0")
    if header[:4] == EXTENDED:
        width = int.from_bytes(header[12:15], "little") + 1
        return width, int.from_bytes(header[15:18], "little") + 1
    if header[:4] == b"VP8L":
        bits = int.from_bytes(header[9:13], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width = int.from_bytes(header[14:16], "little") & 0x3FFF
    return width, int.from_bytes(header[16:18], "little") & 0x3FFF


def seen_through(data: bytes) -> bytes:
    """An animation that says that it has an alpha channel; any other file as it is.

    Encoders say so if a frame has one. What no frame draws is seen through as well, and readers
    that go by the flag, Pillow among them, show it black.
    """
    if data[12:16] != EXTENDED or not data[_FLAGS] & _ANIMATION or data[_FLAGS] & _ALPHA:
        return data
    return data[:_FLAGS] + bytes([data[_FLAGS] | _ALPHA]) + data[_FLAGS + 1 :]


def still(image: Image.Image) -> Image.Image:
    """The first frame of an opened file, which takes 12 bytes a pixel and 4 once it is there.

    Pillow would keep the decoder's two canvases and copy the pixels once more: 16.
    """
    if not isinstance(image, WebPImagePlugin.WebPImageFile):
        raise TypeError("not a WebP")
    pixels, _, _ = image._get_next()  # noqa: SLF001 (there is no other way to the decoder)
    image._decoder = None  # noqa: SLF001
    mode = image.rawmode
    return Image.frombuffer(mode, image.size, pixels, "raw", mode, 0, 1).convert(image.mode)
