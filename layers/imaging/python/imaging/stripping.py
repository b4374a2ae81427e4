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
    for kind, start, end in png.chunks(data):
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
    at = 12
    stop = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    while at + 8 <= stop:
        kind, length = struct.unpack_from("<4sI", data, at)
        end = at + 8 + length + length % 2
        if at + 8 + length > len(data):
            return None
        if kind in _WEBP_KEPT:
            chunk = bytearray(data[at:end].ljust(end - at, b"\0"))
            if kind == b"VP8X":
                chunk[8] &= ~_WEBP_METADATA_FLAGS & 0xFF
            kept.append(bytes(chunk))
        at = end
    body = b"".join(kept)
    return webp.seen_through(b"RIFF" + struct.pack("<I", len(body)) + body)


def _gif(data: bytes) -> bytes | None:
    at = gif.SCREEN + gif.colour_table(data[10])
    kept = [data[:at]]
    while True:
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
        else:
            return None


def _bmp(data: bytes) -> bytes | None:
    """Up to the size it announces; newer headers than version 4 may carry a colour profile."""
    size, header = int.from_bytes(data[2:6], "little"), int.from_bytes(data[14:18], "little")
    return data[:size] if header <= 108 and 54 <= size <= len(data) else None


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
