"""TIFF: what Pillow opens of it, and a file without its metadata."""

import io
import struct

from PIL import Image, TiffImagePlugin

from imaging import tiff_directory
from imaging.tiff_directory import (
    COMPRESSION,
    DNG_VERSION,
    HEIGHT,
    MOST_PIECES,
    PICTURE,
    PLANES,
    REDUCED,
    ROWS,
    SAMPLES,
    STRIP_BYTES,
    STRIPS,
    SUB_DIRECTORIES,
    TILE_BYTES,
    TILE_HEIGHT,
    TILE_WIDTH,
    TILES,
    WIDTH,
    Directory,
)
from pipeline.errors import ImageError, ImageErrorCode

LARGEST_TILE = 16_000_000
"""Pixels. A tile is decoded whole, however small the image that it is a part of."""

FEW_PIECES = 1_000
"""Strips or tiles that a careless program may list without needing them."""

MOST_READ = 10
"""Times the file that its strips may be together. Some share their bytes; each is read by itself,
and where the order of bits is not the usual one, copied and turned."""

_UNCOMPRESSED = 1

_JPEGS = frozenset({6, 7, 50001})
"""Compressions whose strips are files of their own, with room for metadata of their own."""


def opened(data: bytes) -> Image.Image:
    """Opens what Pillow reads.

    Raises:
        ImageError: ``unsupported_format`` for cameras' raw files, of which only a thumbnail could
            be shown, and for well-formed files of pixels that Pillow does not know;
            ``too_many_pixels`` for endless tiles; ``corrupt_image`` for too many or too few.
        SyntaxError, ValueError, struct.error: for anything else.
    """
    if data[8:10] == b"CR":
        raise _unsupported("a camera's raw file")
    if data[:4] == b"MM\0+":  # Pillow would read another directory in it than libtiff
        raise _unsupported("BigTIFF with its high bytes first")
    directory = tiff_directory.read(data)
    thumbnail = directory.number(REDUCED) == 1 and SUB_DIRECTORIES in directory.fields
    if thumbnail or DNG_VERSION in directory.fields:
        raise _unsupported("a camera's raw file")
    if directory.number(COMPRESSION) == 50001:
        raise _unsupported("WebP within TIFF")
    _check_pieces(directory)
    try:
        image = TiffImagePlugin.TiffImageFile(io.BytesIO(tiff_directory.essence(directory)))
    except SyntaxError:
        known = directory.fields.keys()
        if {WIDTH, HEIGHT} <= known and {STRIPS, TILES} & known:
            raise _unsupported("unusual pixels or compression") from None
        raise
    if image.mode == "I" and image.tag_v2.get(339, (1,)) == (1,):
        raise _unsupported("whole numbers of 32 bits")
    return image


def _check_pieces(directory: Directory) -> None:
    """Holds the strips and tiles against what a picture of this size needs."""
    width, height = directory.number(WIDTH), directory.number(HEIGHT)
    tile_width, tile_height = directory.number(TILE_WIDTH), directory.number(TILE_HEIGHT)
    if tile_width * tile_height > LARGEST_TILE:
        raise ImageError(ImageErrorCode.TOO_MANY_PIXELS, "The TIFF's tiles are too large.")
    planes = directory.number(SAMPLES, 1) if directory.number(PLANES) == 2 else 1
    strips = _parts(height, directory.number(ROWS, height)) * planes
    tiles = _parts(width, tile_width) * _parts(height, tile_height) * planes
    packed = directory.number(COMPRESSION, _UNCOMPRESSED) != _UNCOMPRESSED
    too_large = width * height > (Image.MAX_IMAGE_PIXELS or 0)  # which is said elsewhere
    for places, lengths, needed in ((STRIPS, STRIP_BYTES, strips), (TILES, TILE_BYTES, tiles)):
        listed = max(directory.count(places), directory.count(lengths))
        if listed > min(MOST_PIECES, max(FEW_PIECES, needed)):
            raise _corrupt("too many strips or tiles for its size")
        if 0 < directory.count(places) < needed and not packed and not too_large:
            raise _corrupt("too few strips or tiles for its size")  # Pillow would leave black holes
    read = sum(map(sum, map(directory.numbers, (STRIP_BYTES, TILE_BYTES))))
    if packed and read > MOST_READ * len(directory.data):  # others are read by their places alone
        raise _corrupt("strips or tiles that are the same bytes again and again")


def _parts(whole: int, part: int) -> int:
    return -(-whole // max(1, part))


def stripped(data: bytes) -> bytes | None:
    """The first page's compressed pixels as they are, under a new directory of what they need.

    None for what may carry metadata among its pixels, for BigTIFF and for broken files.
    """
    directory = tiff_directory.read(data)
    tiled = TILES in directory.fields
    places, lengths = (
        directory.numbers(tag) for tag in ((TILES, TILE_BYTES) if tiled else (STRIPS, STRIP_BYTES))
    )
    if directory.is_big or not places or len(places) != len(lengths):
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
    kept = {
        tag: (field.type, field.values, directory.raw(tag))
        for tag, field in directory.fields.items()
        if tag in PICTURE
    }
    kept[places_tag] = (4, len(pieces), bytes(4 * len(pieces)))
    values_at = 8 + 2 + 12 * len(kept) + 4
    pixels_at = values_at + sum(_padded(len(value)) for *_, value in kept.values())
    places, at = [], pixels_at
    for piece in pieces:
        places.append(at)
        at += len(piece)
    kept[places_tag] = (4, len(places), struct.pack(f"{order}{len(places)}I", *places))
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(kept))
    values = b""
    for tag, (type_, count, value) in sorted(kept.items()):
        head += struct.pack(order + "HHI", tag, type_, count)
        if len(value) <= 4:
            head += value.ljust(4, b"\0")
        else:
            head += struct.pack(order + "I", values_at + len(values))
            values += value.ljust(_padded(len(value)), b"\0")
    return b"".join([head, bytes(4), values, *pieces])


def _padded(size: int) -> int:
    """Bytes that a value takes behind the directory, at even places; none for one within it."""
    return size + size % 2 if size > 4 else 0


def _corrupt(fault: str) -> ImageError:
    return ImageError(ImageErrorCode.CORRUPT_IMAGE, f"The TIFF has {fault}.")


def _unsupported(kind: str) -> ImageError:
    return ImageError(
        ImageErrorCode.UNSUPPORTED_FORMAT, f"This kind of TIFF ({kind}) is not supported."
    )
