"""TIFF's first directory (TIFF 6.0, BigTIFF), read and written without a decoder."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from imaging.png import LARGEST_PROFILE

MOST_FIELDS = 65_535
"""In a directory. As many as a classic TIFF can have; BigTIFF counts without end."""

MOST_PIECES = 100_000
"""Strips or tiles. Pillow makes an object of each before it is known how large the picture is. 100
megapixels in tiles of 32 by 32 are 98,000."""

LARGEST_FIELD = 400_000
"""Bytes of all other fields but profiles; a palette of 16 bits has 393,216."""

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
"""Bytes of each type of value."""

_LETTERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}
"""Types of whole numbers, as ``struct`` writes them."""

_BYTES, _PLACES = frozenset({1, 7}), frozenset({3, 4, 16})
"""Types that a profile may be of, and places and lengths. Of others readers make what they like."""

WIDTH, HEIGHT, COMPRESSION, SAMPLES, ROWS, PLANES = 256, 257, 259, 277, 278, 284
STRIPS, STRIP_BYTES, TILE_WIDTH, TILE_HEIGHT, TILES, TILE_BYTES = 273, 279, 322, 323, 324, 325
REDUCED, SUB_DIRECTORIES, DNG_VERSION = 254, 330, 50706
_ORIENTATION, _PROFILE = 274, 34675

PICTURE = frozenset(
    {
        *(WIDTH, HEIGHT, 258, COMPRESSION, 262, 266, SAMPLES, ROWS, PLANES, 292, 293, 317, 320),
        *(STRIPS, STRIP_BYTES, TILE_WIDTH, TILE_HEIGHT, TILES, TILE_BYTES),
        *(332, 336, 338, 339, 529, 530, 531, 532),
    }
)
"""Tags without which the pixels could not be read; all others are metadata."""

_PIECES = frozenset({STRIPS, STRIP_BYTES, TILES, TILE_BYTES})
_JPEG = frozenset({347, *range(512, 522)})
_SHOWN = PICTURE | _JPEG | {_ORIENTATION, _PROFILE}
"""Tags that have a say in what is seen: with the tables of strips in JPEG."""

_KINDS = frozenset({REDUCED, SUB_DIRECTORIES, DNG_VERSION})
"""Tags by which a camera's raw file is known."""

_KNOWN = _SHOWN | _KINDS


class _Layout(NamedTuple):
    """How a kind of TIFF is written: a place, the number of fields, a field up to its values, and
    bytes of what stands in place of these: themselves if they fit, or where they are."""

    place: str
    fields: str
    field: str
    inline: int
    sizes: dict[int, int]


_CLASSIC = _Layout("I", "H", "HHI", 4, _SIZES)
_BIG = _Layout("Q", "Q", "HHQ", 8, _SIZES | {16: 8, 17: 8, 18: 8})


class Field(NamedTuple):
    """So many values of a type, at ``data[start:end]``."""

    type: int
    values: int
    start: int
    end: int


@dataclass(frozen=True)
class Directory:
    """The known fields of a file by tag, each within the file. ``order`` is that of the bytes, as
    ``struct`` writes it. Fields may name the same bytes, so they are copied only when needed."""

    data: bytes
    order: str
    layout: _Layout
    place: int
    fields: dict[int, Field]

    @property
    def is_big(self) -> bool:
        return self.layout is _BIG

    def raw(self, tag: int) -> bytes:
        field = self.fields[tag]
        return self.data[field.start : field.end]

    def count(self, tag: int) -> int:
        return self.fields[tag].values if tag in self.fields else 0

    def numbers(self, tag: int) -> tuple[int, ...]:
        """A field's values; none for one that is missing or has others than whole numbers."""
        field = self.fields.get(tag)
        letter = _LETTERS.get(field.type) if field else None
        if field is None or letter is None:
            return ()
        return struct.unpack(f"{self.order}{field.values}{letter}", self.raw(tag))

    def number(self, tag: int, default: int = 0) -> int:
        return (*self.numbers(tag), default)[0]


def read(data: bytes) -> Directory:
    """Of each known tag the first field that lies within the file.

    Raises:
        ValueError, struct.error: a directory that does not, or without end.
    """
    order = "<" if data[:1] == b"I" else ">"
    layout = _BIG if data[2:3] == b"+" else _CLASSIC  # as Pillow sees it
    (place,) = struct.unpack_from(order + layout.place, data, layout.inline)
    if not 2 * layout.inline <= place <= len(data):
        raise ValueError("a TIFF whose directory is not behind its header")
    fields: dict[int, Field] = {}
    for tag, field in _fields(data, order, layout, place):
        if field.end <= len(data) and _is_sound(tag, field):
            fields.setdefault(tag, field)
    return Directory(data, order, layout, place, fields)


def _fields(data: bytes, order: str, layout: _Layout, at: int) -> Iterator[tuple[int, Field]]:
    """Fields of known tags, whose values may lie beyond the file."""
    (count,) = struct.unpack_from(order + layout.fields, data, at)
    if count > MOST_FIELDS:
        raise ValueError("a TIFF of too many fields")
    at += struct.calcsize(order + layout.fields)
    before = struct.calcsize(order + layout.field)
    for _ in range(count):
        tag, type_, values = struct.unpack_from(order + layout.field, data, at)
        start = at + before
        at = start + layout.inline
        size = layout.sizes.get(type_, 0) * values
        if size > layout.inline:
            (start,) = struct.unpack_from(order + layout.place, data, start)
        if size and tag in _KNOWN:
            yield tag, Field(type_, values, start, start + size)


def _is_sound(tag: int, field: Field) -> bool:
    if tag in _PIECES:
        return field.type in _PLACES
    if tag == _PROFILE:
        return field.type in _BYTES and field.values <= LARGEST_PROFILE
    return field.end - field.start <= LARGEST_FIELD


def essence(directory: Directory) -> bytes:
    """The file with nothing in its directory but what shows the picture.

    Decoders unpack or copy fields that nobody asks for, and follow their directories: a few
    megabytes that thousands of fields name become gigabytes.
    """
    data, order, layout = directory.data, directory.order, directory.layout
    shown = {tag: field for tag, field in directory.fields.items() if tag in _SHOWN}
    parts = [struct.pack(order + layout.fields, len(shown))]
    for tag, field in sorted(shown.items()):
        parts.append(struct.pack(order + layout.field, tag, field.type, field.values))
        if field.end - field.start <= layout.inline:
            parts.append(directory.raw(tag).ljust(layout.inline, b"\0"))
        else:
            parts.append(struct.pack(order + layout.place, field.start))
    written = b"".join([*parts, bytes(layout.inline)])  # and no further page
    before, after = directory.place, directory.place + len(written)
    return b"".join([data[:before], written, memoryview(data)[after:]])
