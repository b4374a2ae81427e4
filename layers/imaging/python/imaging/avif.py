"""AVIF's boxes (ISO/IEC 14496-12 and 23008-12), read without a decoder."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

MOST_BOXES = 10_000
"""A picture has thirty, an animation a hundred; libavif remembers many of them."""

LARGEST_TABLES = 100_000
"""Bytes of all tables together. A thousand frames or as many tiles have some ten thousand; libavif
goes through the whole table for each item, and for each frame once for every frame before it."""

_CONTAINERS = {
    **dict.fromkeys((b"moov", b"trak", b"edts", b"mdia", b"minf", b"stbl", b"iprp", b"ipco"), 0),
    b"meta": 4,
    b"stsd": 8,
}
"""Boxes of boxes, and how many bytes stand before these."""

_TABLES = frozenset(
    {
        *(b"iloc", b"iinf", b"iref", b"ipma", b"grpl", b"tref", b"elst"),
        *(b"stts", b"ctts", b"stsc", b"stsz", b"stz2", b"stco", b"co64", b"stss"),
    }
)


class Box(NamedTuple):
    """``data[start:end]``, of which ``data[start:body]`` is the head."""

    kind: bytes
    start: int
    body: int
    end: int


def boxes(data: bytes) -> Iterator[Box]:
    """All boxes, those within others as well.

    Raises:
        ValueError: there are too many.
    """
    seen = 0
    within = [(0, len(data))]
    while within:
        at, stop = within.pop()
        while at + 8 <= stop:
            seen += 1
            if seen > MOST_BOXES:
                raise ValueError("an AVIF of too many boxes")
            size, kind, head = *struct.unpack_from(">I4s", data, at), 8
            if size == 1 and at + 16 <= stop:
                size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
            if 0 < size < head:  # no box: something that was put behind the picture
                break
            end = min(at + size, stop) if size else stop
            yield Box(kind, at, at + head, end)
            if kind in _CONTAINERS:
                within.append((at + head + _CONTAINERS[kind], end))
            at = end


def frames(data: bytes) -> int:
    """The most samples that any of its tracks declares; 0 for a still. libavif makes an object of
    each as it opens the file, and a table whose samples are all of one size has none of them."""
    most = 0
    for box in boxes(data):
        if box.kind in {b"stsz", b"stz2"}:
            most = max(most, int.from_bytes(data[box.body + 8 : box.body + 12], "big"))
    return most


def essence(data: bytes) -> bytes:
    """The file with its EXIF called something else.

    Pillow would unpack and write anew all that is in it, only to put the orientation that counts,
    which is a property of the picture, in place of the one there.

    Raises:
        ValueError: what would keep libavif busy for hours.
    """
    tables, named = 0, []
    for box in boxes(data):
        if box.kind in _TABLES:
            tables += box.end - box.start
            if tables > LARGEST_TABLES:
                raise ValueError("an AVIF of too large tables")
        if box.kind == b"iinf" and b"Exif" in data[box.start : box.end]:
            named.append(box)
    parts: list[bytes] = []
    at = 0
    for box in sorted(named, key=lambda box: box.start):
        parts += (data[at : box.start], data[box.start : box.end].replace(b"Exif", b"none"))
        at = box.end
    return b"".join([*parts, memoryview(data)[at:]]) if parts else data
