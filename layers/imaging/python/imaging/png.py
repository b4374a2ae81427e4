"""PNG's chunks (RFC 2083 and the APNG specification), read without a decoder."""

import struct
import zlib

SIGNATURE = 8
"""Bytes before the first chunk."""

PICTURE = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"acTL", b"fcTL", b"fdAT"})
"""All that decides what is seen."""

LARGEST_PROFILE = 4_000_000
"""Bytes. Printers' CMYK profiles reach 2 MB; what is larger is ignored."""

LARGEST_EXIF = 1_000_000
"""Bytes."""


MOST_CHUNKS = 500_000
"""Of 100 bytes on average in the largest file; encoders write thousands."""


def essence(data: bytes) -> bytes:
    """A file without texts and all else that neither draws nor turns nor colours the picture.

    Pillow unpacks texts, which may be bombs, and loses the image over a broken gamma. What is left
    of the rest (``eXIf``, ``iCCP``) is whole and of a sensible size.
    """
    kept = [data[:SIGNATURE]]
    at = SIGNATURE
    while at + 8 <= len(data):
        if len(kept) > MOST_CHUNKS:
            raise ValueError("a PNG of too many chunks")
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        fits = _FITS.get(kind)
        if fits(data[at:end]) if fits is not None else kind in PICTURE:
            kept.append(data[at:end])
        if kind == b"IEND":
            break
        at = end
    return b"".join(kept)


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


def _is_announcement(chunk: bytes) -> bool:
    return len(chunk) == 20


_FITS = {b"eXIf": _is_exif, b"iCCP": _is_profile, b"acTL": _is_announcement}


def _is_whole(chunk: bytes) -> bool:
    return len(chunk) >= 12 and zlib.crc32(chunk[4:-4]) == int.from_bytes(chunk[-4:], "big")
