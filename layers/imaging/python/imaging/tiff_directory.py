"""TIFF's first directory (TIFF 6.0, BigTIFF), read without a decoder."""

import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.errors import ImageError, ImageErrorCode

MOST_FIELDS = 65_535
"""In a directory. As many as a classic TIFF can have; BigTIFF counts without end."""

MOST_NUMBERS = 100_000
"""In one field. Pillow makes objects of them, some 350 bytes for a strip, before it is known how
large the picture is. 100 megapixels in tiles of 32 by 32 are 98,000."""

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_BIG_SIZES = _SIZES | {16: 8, 17: 8, 18: 8}
"""Bytes of each type of value."""

_CUT = (struct.error, OverflowError)
"""What reading beyond the end raises."""

_TEXTS = frozenset({1, 2, 7})
"""Types that are read as one piece, however long."""

WIDTH, HEIGHT, COMPRESSION = 256, 257, 259
STRIPS, STRIP_BYTES, TILE_WIDTH, TILE_HEIGHT, TILES, TILE_BYTES = 273, 279, 322, 323, 324, 325

_PICTURE = frozenset(
    {
        *(WIDTH, HEIGHT, 258, COMPRESSION, 262, 266, 277, 278, 284, 292, 293, 317, 320),
        *(STRIPS, STRIP_BYTES, TILE_WIDTH, TILE_HEIGHT, TILES, TILE_BYTES),
        *(332, 336, 338, 339, 529, 530, 531, 532),
    }
)
"""Tags without which the pixels could not be read; all others are metadata."""


class _Field(NamedTuple):
    """So many values of a type, at ``data[start:end]``, which may lie beyond the file."""

    tag: int
    type: int
    values: int
    start: int
    end: int


class Entry(NamedTuple):
    """A field with its values as the file has them."""

    type: int
    values: int
    data: bytes


@dataclass(frozen=True)
class Directory:
    """Fields by tag. ``order`` is that of the bytes, as ``struct`` writes it."""

    order: str
    entries: dict[int, Entry]

    def numbers(self, tag: int) -> tuple[int, ...]:
        """A field's values; none for one that is missing or has others than whole numbers."""
        entry = self.entries.get(tag)
        letter = {1: "B", 3: "H", 4: "I"}.get(entry.type) if entry else None
        if entry is None or letter is None:
            return ()
        return struct.unpack(f"{self.order}{entry.values}{letter}", entry.data)


def check_counts(data: bytes) -> None:
    """
    Raises:
        ImageError: ``corrupt_image`` for more of anything than a picture has.
    """
    with suppress(*_CUT):  # which Pillow will find out
        for n, field in enumerate(_fields(data)):
            if n == MOST_FIELDS or (field.values > MOST_NUMBERS and field.type not in _TEXTS):
                raise ImageError(
                    ImageErrorCode.CORRUPT_IMAGE,
                    f"The TIFF has more than {MOST_NUMBERS:,} strips, tiles or other numbers.",
                )


def _fields(data: bytes) -> Iterator[_Field]:
    """What the first directory lists. Raises one of ``_CUT`` where it reaches beyond the file."""
    order = "<" if data[:1] == b"I" else ">"
    big = data[2:3] == b"+"  # as Pillow sees it
    number, count_of, entry, inline, sizes = (
        (order + "Q", order + "Q", order + "HHQ", 8, _BIG_SIZES)
        if big
        else (order + "I", order + "H", order + "HHI", 4, _SIZES)
    )
    (at,) = struct.unpack_from(number, data, 8 if big else 4)
    (count,) = struct.unpack_from(count_of, data, at)
    at += struct.calcsize(count_of)
    for _ in range(count):
        tag, type_, values = struct.unpack_from(entry, data, at)
        start = at + struct.calcsize(entry)
        at = start + inline
        size = sizes.get(type_, 0) * values
        if size > inline:
            (start,) = struct.unpack_from(number, data, start)
        if size:
            yield _Field(tag, type_, values, start, start + size)


def read(data: bytes) -> Directory | None:
    """The first directory of a classic TIFF, of what its picture needs, as far as that lies within
    the file. None if it is larger than the file, so that parts of it are the same bytes."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    if order is None:
        return None
    found: dict[int, _Field] = {}
    try:
        for field in _fields(data):
            if field.tag in _PICTURE and field.end <= len(data):
                found.setdefault(field.tag, field)
    except _CUT:
        return None
    if sum(field.end - field.start for field in found.values()) > len(data):
        return None
    return Directory(
        order,
        {
            tag: Entry(field.type, field.values, data[field.start : field.end])
            for tag, field in found.items()
        },
    )
