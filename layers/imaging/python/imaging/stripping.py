"""A file without its metadata and otherwise byte for byte as it was.

For when encoding again would only make the file larger. What is kept is an allow-list: a segment
that is not known to be needed for the picture is metadata.
"""

import struct

from imaging import gif, jpeg, png, tiff, webp
from imaging.formats import Format


def _jpeg(data: bytes) -> bytes:
    kept = [b"\xff\xd8"]
    for segment in jpeg.segments(data):
        start, end = segment.start, segment.end
        body = data[start + 4 : end]
        if segment.marker in jpeg.TABLES or segment.marker in jpeg.FRAMES | {jpeg.SOS}:
            kept.append(data[start:end])
        elif segment.marker == jpeg.APP0 and body.startswith(b"JFIF\0") and len(body) >= 14:
            kept.append(b"\xff\xe0\x00\x10" + body[:12] + b"\0\0")  # without its thumbnail
        elif segment.marker == jpeg.APP14 and body.startswith(b"Adobe") and len(body) >= 12:
            kept.append(b"\xff\xee\x00\x0e" + body[:12])  # says how colours were transformed
    kept.append(b"\xff\xd9")
    return b"".join(kept)


def _png(data: bytes) -> bytes | None:
    kept = [data[: png.SIGNATURE]]
    kind = b""
    for kind, start, end in png.first(png.chunks(data)):
        if end > len(data):
            return None
        if kind in png.PICTURE:
            kept.append(data[start:end])
    return b"".join(kept) if kind == b"IEND" else None


_WEBP_KEPT = frozenset({b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"})
_WEBP_METADATA_FLAGS = 0x20 | 0x08 | 0x04
"""Of VP8X: colour profile, EXIF, XMP (RFC 9649, section 2.7.1)."""


def _webp(data: bytes) -> bytes | None:
    kept = [b"WEBP"]
    for kind, start, end in webp.chunks(data):
        if kind in _WEBP_KEPT:
            if end > len(data):
                return None
            chunk = bytearray(data[start:end] + bytes((end - start) % 2))
            if kind == b"VP8X":
                chunk[8] &= ~_WEBP_METADATA_FLAGS & 0xFF
            kept.append(bytes(chunk))
    body = b"".join(kept)
    return webp.seen_through(b"RIFF" + struct.pack("<I", len(body)) + body)


def _gif(data: bytes) -> bytes | None:
    at = gif.SCREEN + gif.colour_table(data[10])
    kept = [data[:at]]
    while at < len(data):
        kind, start = data[at], at
        if kind == gif.TRAILER:
            kept.append(b";")
            return b"".join(kept)
        if kind == gif.IMAGE:
            at = gif.after_blocks(data, at + 11 + gif.colour_table(data[at + 9]))
            kept.append(data[start:at])
        elif kind == gif.EXTENSION:
            at = gif.after_blocks(data, at + 2)
            if data[start + 1] == gif.CONTROL or data[start + 3 : start + 14] in gif.LOOPS:
                kept.append(data[start:at])
        else:  # rubbish between blocks
            at += 1
    return b"".join(kept)  # without its trailer, as it came


_BMP_HEADER = 14
_BMP_5 = 124
"""Bytes of the file's header, and of the picture's in version 5, which may name a profile."""
_BMP_BETWEEN = 12 + 4 * 256
"""Bytes between headers and pixels at most: masks and a palette."""


def _bmp(data: bytes) -> bytes | None:
    """Up to where the pixels end: not all programs announce the right size."""
    at, header = struct.unpack_from("<II", data, 10)
    compression, size = 0, 0
    if header == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
    else:
        width, height, _, bits, compression, size = struct.unpack_from("<iiHHII", data, 18)
    if compression in {0, 3}:  # none, and bit fields: rows of whole words
        size = (width * bits + 31) // 32 * 4 * abs(height)
    end, between = at + size, at - _BMP_HEADER - header
    if size < 1 or end > len(data) or not 0 <= between <= _BMP_BETWEEN:
        return None
    kept = bytearray(data[:end])
    kept[2:6] = struct.pack("<I", end)
    if header == _BMP_5:
        kept[_BMP_HEADER + 56 : _BMP_HEADER + 60] = b"BGRs"  # sRGB, as everything else that is kept
        kept[_BMP_HEADER + 112 : _BMP_HEADER + 120] = bytes(8)
    return bytes(kept)


_STRIPPERS = {
    Format.JPEG: _jpeg,
    Format.PNG: _png,
    Format.WEBP: _webp,
    Format.GIF: _gif,
    Format.BMP: _bmp,
    Format.TIFF: tiff.stripped,
}
"""Not AVIF: its metadata is woven into the file by offsets."""


def strip(data: bytes, format_: Format) -> bytes | None:
    """``data`` with nothing in it but the picture; None if that cannot be told for sure."""
    stripper = _STRIPPERS.get(format_)
    try:
        return stripper(data) if stripper is not None else None
    except (IndexError, ValueError, struct.error):
        return None
