"""TIFF: what Pillow opens of it, and a file without its metadata."""

import io
import struct

from PIL import Image, TiffImagePlugin

from imaging import tiff_directory
from imaging.tiff_directory import (
    COMPRESSION,
    HEIGHT,
    STRIP_BYTES,
    STRIPS,
    TILE_BYTES,
    TILE_HEIGHT,
    TILE_WIDTH,
    TILES,
    WIDTH,
    Directory,
    Entry,
)
from pipeline.errors import ImageError, ImageErrorCode

LARGEST_TILE = 16_000_000
"""Pixels. A tile is decoded whole, however small the image that it is a part of."""

_REDUCED, _SUB_DIRECTORIES, _DNG_VERSION = 254, 330, 50706

_JPEGS = frozenset({6, 7, 50001})
"""Compressions whose strips are files of their own, with room for metadata of their own."""


def opened(data: bytes) -> Image.Image:
    """Opens what Pillow reads.

    Raises:
        ImageError: ``unsupported_format`` for cameras' raw files, of which only a thumbnail could
            be shown, and for well-formed files of pixels that Pillow does not know;
            ``corrupt_image`` for one of more parts than a picture has.
        SyntaxError: for anything else, as Pillow.
    """
    if data[8:10] == b"CR":
        raise _unsupported("a camera's raw file")
    tiff_directory.check_counts(data)
    try:
        image = TiffImagePlugin.TiffImageFile(io.BytesIO(data))
    except SyntaxError:
        directory = tiff_directory.read(data)
        if directory is not None and {WIDTH, HEIGHT} <= directory.entries.keys():
            raise _unsupported("unusual pixels or compression") from None
        raise
    tags = image.tag_v2
    thumbnail = tags.get(_REDUCED, 0) == 1 and _SUB_DIRECTORIES in tags
    if thumbnail or _DNG_VERSION in tags:
        raise _unsupported("a camera's raw file")
    if tags.get(COMPRESSION) == 50001:
        raise _unsupported("WebP within TIFF")
    if image.mode == "I" and tags.get(339, (1,)) == (1,):
        raise _unsupported("whole numbers of 32 bits")
    if tags.get(TILE_WIDTH, 0) * tags.get(TILE_HEIGHT, 0) > LARGEST_TILE:
        raise ImageError(ImageErrorCode.TOO_MANY_PIXELS, "The TIFF's tiles are too large.")
    return image


def stripped(data: bytes) -> bytes | None:
    """The first page's compressed pixels as they are, under a new directory of what they need.

    None for what may carry metadata among its pixels, for BigTIFF and for broken files.
    """
    directory = tiff_directory.read(data)
    if directory is None:
        return None
    tiled = TILES in directory.entries
    places, lengths = (
        directory.numbers(tag) for tag in ((TILES, TILE_BYTES) if tiled else (STRIPS, STRIP_BYTES))
    )
    if not places or len(places) != len(lengths):
        return None
    if set(directory.numbers(COMPRESSION)) & _JPEGS:
        return None
    if sum(lengths) > len(data):  # the same bytes again and again
        return None
    pieces = [data[at : at + length] for at, length in zip(places, lengths, strict=True)]
    if tuple(map(len, pieces)) != lengths:
        return None
    return _written(directory, TILES if tiled else STRIPS, pieces)


def _written(directory: Directory, places_tag: int, pieces: list[bytes]) -> bytes:
    order = directory.order
    kept = dict(directory.entries)
    kept[places_tag] = Entry(4, len(pieces), bytes(4 * len(pieces)))
    values_at = 8 + 2 + 12 * len(kept) + 4
    pixels_at = values_at + sum(_padded(len(e.data)) for e in kept.values() if len(e.data) > 4)
    places, at = [], pixels_at
    for piece in pieces:
        places.append(at)
        at += len(piece)
    kept[places_tag] = Entry(4, len(places), struct.pack(f"{order}{len(places)}I", *places))
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
