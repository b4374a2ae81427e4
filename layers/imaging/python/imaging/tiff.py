"""TIFF's first directory (TIFF 6.0), read and written without a decoder."""

import io
import struct
from dataclasses import dataclass
from typing import NamedTuple

from PIL import Image, TiffImagePlugin

from pipeline.errors import ImageError, ImageErrorCode

LARGEST_TILE = 16_000_000
"""Pixels. A tile is decoded whole, however small the image that it is a part of."""

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
"""Bytes of each type of value; BigTIFF's own are not among them."""

_REDUCED, _SUB_DIRECTORIES, _DNG_VERSION = 254, 330, 50706

_WIDTH, _HEIGHT, _COMPRESSION = 256, 257, 259
_STRIPS, _STRIP_BYTES, _TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_BYTES = 273, 279, 322, 323, 324, 325

_PICTURE = frozenset(
    {
        *(_WIDTH, _HEIGHT, 258, _COMPRESSION, 262, 266, 277, 278, 284, 292, 293, 317, 320),
        *(_STRIPS, _STRIP_BYTES, _TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_BYTES),
        *(332, 336, 338, 339, 529, 530, 531, 532),
    }
)
"""Tags without which the pixels could not be read; all others are metadata."""

_JPEGS = frozenset({6, 7, 50001})
"""Compressions whose strips are files of their own, with room for metadata of their own."""


class _Entry(NamedTuple):
    type: int
    values: int
    data: bytes


@dataclass(frozen=True)
class _Directory:
    order: str
    entries: dict[int, _Entry]

    def numbers(self, tag: int) -> list[int]:
        entry = self.entries.get(tag)
        if entry is None:
            return []
        letter = {1: "B", 3: "H", 4: "I"}.get(entry.type)
        return (
            list(struct.unpack(f"{self.order}{entry.values}{letter}", entry.data)) if letter else []
        )


def opened(data: bytes) -> Image.Image:
    """Opens what Pillow reads.

    Raises:
        ImageError: ``unsupported_format`` for cameras' raw files, of which only a thumbnail could
            be shown, and for well-formed files of pixels that Pillow does not know.
        SyntaxError: for anything else, as Pillow.
    """
    if data[8:10] == b"CR":
        raise _unsupported("a camera's raw file")
    try:
        image = TiffImagePlugin.TiffImageFile(io.BytesIO(data))
    except SyntaxError:
        directory = _directory(data)
        if directory is not None and {_WIDTH, _HEIGHT} <= directory.entries.keys():
            raise _unsupported("unusual pixels or compression") from None
        raise
    tags = image.tag_v2
    thumbnail = tags.get(_REDUCED, 0) == 1 and _SUB_DIRECTORIES in tags
    if thumbnail or _DNG_VERSION in tags:
        raise _unsupported("a camera's raw file")
    if tags.get(_COMPRESSION) == 50001:
        raise _unsupported("WebP within TIFF")
    if image.mode == "I" and tags.get(339, (1,)) == (1,):
        raise _unsupported("whole numbers of 32 bits")
    if tags.get(_TILE_WIDTH, 0) * tags.get(_TILE_HEIGHT, 0) > LARGEST_TILE:
        raise ImageError(ImageErrorCode.TOO_MANY_PIXELS, "The TIFF's tiles are too large.")
    return image


def stripped(data: bytes) -> bytes | None:
    """The first page's compressed pixels as they are, under a new directory of what they need.

    None for what may carry metadata among its pixels, for BigTIFF and for broken files.
    """
    directory = _directory(data)
    if directory is None:
        return None
    tiled = _TILES in directory.entries
    places, lengths = (
        directory.numbers(tag)
        for tag in ((_TILES, _TILE_BYTES) if tiled else (_STRIPS, _STRIP_BYTES))
    )
    if not places or len(places) != len(lengths):
        return None
    if set(directory.numbers(_COMPRESSION)) & _JPEGS:
        return None
    pieces = [data[at : at + length] for at, length in zip(places, lengths, strict=True)]
    if [len(piece) for piece in pieces] != lengths:
        return None
    return _written(directory, _TILES if tiled else _STRIPS, pieces)


def _directory(data: bytes) -> _Directory | None:
    """The first directory of a classic TIFF, as far as its values lie within the file."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    if order is None or len(data) < 10:
        return None
    (at,) = struct.unpack_from(order + "I", data, 4)
    if at + 2 > len(data):
        return None
    (count,) = struct.unpack_from(order + "H", data, at)
    entries: dict[int, _Entry] = {}
    for n in range(count):
        place = at + 2 + 12 * n
        if place + 12 > len(data):
            return None
        tag, type_, values = struct.unpack_from(order + "HHI", data, place)
        size = _SIZES.get(type_, 0) * values
        start = place + 8 if size <= 4 else struct.unpack_from(order + "I", data, place + 8)[0]
        if size and start + size <= len(data):
            entries.setdefault(tag, _Entry(type_, values, data[start : start + size]))
    return _Directory(order, entries)


def _written(directory: _Directory, places_tag: int, pieces: list[bytes]) -> bytes:
    order = directory.order
    kept = {tag: entry for tag, entry in directory.entries.items() if tag in _PICTURE}
    kept[places_tag] = _Entry(4, len(pieces), bytes(4 * len(pieces)))
    values_at = 8 + 2 + 12 * len(kept) + 4
    pixels_at = values_at + sum(_padded(len(e.data)) for e in kept.values() if len(e.data) > 4)
    places, at = [], pixels_at
    for piece in pieces:
        places.append(at)
        at += len(piece)
    kept[places_tag] = _Entry(4, len(places), struct.pack(f"{order}{len(places)}I", *places))
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(kept))
    values = b""
    for tag, entry in sorted(kept.items()):
        inline = len(entry.data) <= 4
        head += struct.pack(order + "HHI", tag, entry.type, entry.values)
        if inline:
            head += entry.data.ljust(4, b"\0")
        else:
            head += struct.pack(order + "I", values_at + len(values))
            values += entry.data.ljust(_padded(len(entry.data)), b"\0")
    return b"".join([head, bytes(4), values, *pieces])


def _padded(size: int) -> int:
    return size + size % 2


def _unsupported(kind: str) -> ImageError:
    return ImageError(
        ImageErrorCode.UNSUPPORTED_FORMAT, f"This kind of TIFF ({kind}) is not supported."
    )
