"""PNG's chunks (RFC 2083 and the APNG specification), read without a decoder."""

import io
import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from PIL import Image, PngImagePlugin

SIGNATURE = 8
"""Bytes before the first chunk."""

STILL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"})
PICTURE = STILL | {b"acTL", b"fcTL", b"fdAT"}
"""All that decides what is seen: of the picture that stands still, and of the animation as well."""

LARGEST_PROFILE = 4_000_000
"""Bytes. Printers' CMYK profiles reach 2 MB; what is larger is ignored."""

# Pillow's limit for texts, of which it is given none, is one for profiles, too: it would lose the
# picture over one of more than 1 MB.
PngImagePlugin.MAX_TEXT_CHUNK = LARGEST_PROFILE

LARGEST_EXIF = 1_000_000
"""Bytes that are read of it, in any format."""

MOST_CHUNKS = 100_000
"""Of 500 bytes on average in the largest file; encoders write thousands."""

REPEATED = frozenset({b"IDAT", b"fcTL", b"fdAT"})
"""There may be one of any other that counts. Of more the first does, as in browsers, whose libpng
refuses another palette and ignores the rest; each would have to be read, for each frame anew."""


class Chunk(NamedTuple):
    """``data[start:end]``, length and checksum included; the file may end before ``end``."""

    kind: bytes
    start: int
    end: int


def chunks(data: bytes) -> Iterator[Chunk]:
    """All chunks up to the last.

    Raises:
        ValueError: there are too many.
    """
    at, seen = SIGNATURE, 0
    while at + 8 <= len(data):
        seen += 1
        if seen > MOST_CHUNKS:
            raise ValueError("a PNG of too many chunks")
        length, kind = struct.unpack_from(">I4s", data, at)
        yield Chunk(kind, at, at + 12 + length)
        if kind == b"IEND":
            return
        at += 12 + length


def first(found: Iterable[Chunk]) -> Iterator[Chunk]:
    """Without those that repeat what there may be once."""
    seen: set[bytes] = set()
    for each in found:
        if each.kind in REPEATED:
            yield each
        elif each.kind not in seen:
            seen.add(each.kind)
            yield each


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of one's own."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def essence(data: bytes) -> bytes:
    """The still picture without texts and all else that neither draws nor turns nor colours it.

    Pillow unpacks texts, which may be bombs, and loses the image over a broken gamma. What is left
    of the rest (``eXIf``, ``iCCP``) is whole and of a sensible size.
    """
    kept = [data[:SIGNATURE]]
    for kind, start, end in first(chunks(data)):
        fits = _FITS.get(kind)
        if fits(data[start:end]) if fits is not None else kind in STILL:
            kept.append(data[start:end])
    return b"".join(kept)


def opened(data: bytes) -> Image.Image:
    """Opens a file. Its transparent colour is at the depth of its pixels, not of the file's."""
    image = Image.open(io.BytesIO(data), formats=["PNG"])
    clear, depth = image.info.get("transparency"), data[24]
    most = (1 << depth) - 1
    if image.mode == "L" and isinstance(clear, int):
        image.info["transparency"] = (clear & most) * 255 // most
    elif image.mode == "RGB" and isinstance(clear, tuple):
        image.info["transparency"] = tuple((level & most) * 255 // most for level in clear)
    return image


def _is_exif(chunk: bytes) -> bool:
    return len(chunk) <= LARGEST_EXIF and _is_whole(chunk)


def _is_profile(chunk: bytes) -> bool:
    if not _is_whole(chunk):
        return False
    packed = chunk[8:-4].partition(b"\0")[2][1:]
    unpacker = zlib.decompressobj()
    try:
        return len(unpacker.decompress(packed, LARGEST_PROFILE + 1)) <= LARGEST_PROFILE
    except zlib.error:
        return False


_FITS = {b"eXIf": _is_exif, b"iCCP": _is_profile}


def _is_whole(chunk: bytes) -> bool:
    return len(chunk) >= 12 and zlib.crc32(chunk[4:-4]) == int.from_bytes(chunk[-4:], "big")
