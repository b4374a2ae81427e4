"""AVIFs with more in their boxes than an encoder put there."""

import struct
from collections.abc import Sequence

from imaging.avif import Box, boxes

_COUNTS = {b"iloc": (14, ">H"), b"stts": (12, ">I")}
"""Where a table says how many entries it has, and how."""


def with_entries(data: bytes, table: bytes, entries: Sequence[bytes]) -> bytes:
    """With entries more at the end of a table, which is still well-formed."""
    at, form = _COUNTS[table]
    box = _first(data, table)
    grown = bytearray(_with(data, box, b"".join(entries)))
    (count,) = struct.unpack_from(form, data, box.start + at)
    struct.pack_into(form, grown, box.start + at, count + len(entries))
    return bytes(grown)


def with_boxes(data: bytes, container: bytes, count: int) -> bytes:
    """With empty boxes more at the end of another box."""
    return _with(data, _first(data, container), b"\0\0\0\x08what" * count)


def _first(data: bytes, kind: bytes) -> Box:
    return next(box for box in boxes(data) if box.kind == kind)


def _with(data: bytes, at: Box, more: bytes) -> bytes:
    """The boxes around are larger then, and what stands behind is further back."""
    moved = bytearray(data)
    for box in boxes(data):
        if box.start <= at.start and at.end <= box.end:
            struct.pack_into(">I", moved, box.start, box.end - box.start + len(more))
    for place in _places(data):
        (found,) = struct.unpack_from(">I", data, place)
        struct.pack_into(">I", moved, place, found + len(more))
    return bytes(moved[: at.end]) + more + bytes(moved[at.end :])


def _places(data: bytes) -> list[int]:
    """Where it is said where pixels are: for items of one extent each, and for chunks."""
    found: list[int] = []
    for box in boxes(data):
        if box.kind == b"iloc":
            (count,) = struct.unpack_from(">H", data, box.start + 14)
            found += range(box.start + 22, box.start + 22 + 14 * count, 14)
        elif box.kind == b"stco":
            (count,) = struct.unpack_from(">I", data, box.start + 12)
            found += range(box.start + 16, box.start + 16 + 4 * count, 4)
    return found
