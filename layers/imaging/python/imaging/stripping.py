"""A file without its metadata and otherwise byte for byte as it was.

For when encoding again would only make the file larger. What is kept is an allow-list: a segment
that is not known to be needed for the picture is metadata.
"""

import re
import struct

from imaging.formats import Format

_JPEG_KEPT = frozenset({0xC4, 0xCC, 0xDB, 0xDD, *range(0xC0, 0xC4), *range(0xC5, 0xC8)})
"""Tables and frame headers of what is decoded (ITU T.81, table B.1)."""

_JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""Ends a scan: neither a stuffed byte nor a restart marker nor padding."""

_EOI, _SOS, _APP0, _APP14 = 0xD9, 0xDA, 0xE0, 0xEE


def _jpeg(data: bytes) -> bytes | None:
    kept = [data[:2]]
    at = 2
    while True:
        while data[at] == 0xFF and data[at + 1] == 0xFF:
            at += 1
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == _EOI:
            kept.append(b"\xff\xd9")
            return b"".join(kept)
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : end]
        if marker == _SOS:
            scan = _JPEG_MARKER.search(data, end)
            if scan is None:
                return None
            end = scan.start()
            kept.append(data[at:end])
        elif marker in _JPEG_KEPT:
            kept.append(data[at:end])
        elif marker == _APP0 and body.startswith(b"JFIF\0") and len(body) >= 14:
            kept.append(b"\xff\xe0\x00\x10" + body[:12] + b"\0\0")  # without its thumbnail
        elif marker == _APP14 and body.startswith(b"Adobe") and len(body) >= 12:
            kept.append(b"\xff\xee\x00\x0e" + body[:12])  # says how colours were transformed
        at = end


_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"acTL", b"fcTL", b"fdAT"})


def _png(data: bytes) -> bytes | None:
    kept = [data[:8]]
    at = 8
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            return None
        if kind in _PNG_KEPT:
            kept.append(data[at:end])
        if kind == b"IEND":
            return b"".join(kept)
        at = end
    return None


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
        if kind in _WEBP_KEPT:
            chunk = bytearray(data[at:end].ljust(end - at, b"\0"))
            if kind == b"VP8X":
                chunk[8] &= ~_WEBP_METADATA_FLAGS & 0xFF
            kept.append(bytes(chunk))
        at = end
    body = b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


_GIF_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def _gif(data: bytes) -> bytes | None:
    at = 13 + colour_table(data[10])
    kept = [data[:at]]
    while True:
        kind = data[at]
        if kind == 0x3B:
            kept.append(b";")
            return b"".join(kept)
        if kind == 0x2C:
            end = _after_blocks(data, at + 11 + colour_table(data[at + 9]))
            kept.append(data[at:end])
        elif kind == 0x21:
            end = _after_blocks(data, at + 2)
            if data[at + 1] == 0xF9 or data[at + 3 : at + 14] in _GIF_LOOPS:
                kept.append(data[at:end])
        else:
            return None
        at = end


def colour_table(flags: int) -> int:
    """Bytes of the colour table that follows a GIF's descriptor with these flags."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1


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
}
"""Not AVIF and TIFF: their metadata is woven into the file by offsets."""


def strip(data: bytes, format_: Format) -> bytes | None:
    """``data`` with nothing in it but the picture; None if that cannot be told for sure."""
    stripper = _STRIPPERS.get(format_)
    try:
        return stripper(data) if stripper is not None else None
    except (IndexError, struct.error):
        return None
