"""One picture, and files of it put together by hand: what the tables of odd files are made of."""

import struct
import zlib

from tests.pictures import chunk, encoded
from tests.unit.imaging.drawings import BASE

PICTURE = BASE.rgb()
JPEG = encoded(PICTURE, "JPEG", quality=90)
PNG = encoded(PICTURE, "PNG")
WEBP = encoded(PICTURE, "WEBP", quality=90)
AVIF = encoded(PICTURE, "AVIF", speed=10)

PNG_HEADER = 33
"""Bytes of a PNG's signature and first chunk."""


def segment(marker: int, body: bytes) -> bytes:
    """Of a JPEG."""
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def jpeg(*segments: bytes) -> bytes:
    """``JPEG`` with segments more."""
    return JPEG[:2] + b"".join(segments) + JPEG[2:]


def png(*chunks: bytes) -> bytes:
    """``PNG`` with chunks more."""
    return PNG[:PNG_HEADER] + b"".join(chunks) + PNG[PNG_HEADER:]


def part(kind: bytes, body: bytes) -> bytes:
    """A chunk of a WebP."""
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def webp(width: int, height: int, *parts: bytes, flags: int = 0) -> bytes:
    """An extended WebP of these chunks."""
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBP" + part(b"VP8X", bytes([flags, 0, 0, 0]) + size) + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webp_frames(width: int, height: int, count: int) -> bytes:
    """An animation whose frames draw one pixel each."""
    pixel = b"\x2f\0\0\0\0\x88\x88\x08"  # of one symbol a code (RFC 9649, section 3.7)
    frame = part(b"ANMF", bytes(12) + b"\x64\0\0\0" + part(b"VP8L", pixel))
    return webp(width, height, part(b"ANIM", bytes(6)), frame * count, flags=0x12)


def apng(width: int, height: int, count: int) -> bytes:
    """An animation whose frames draw one pixel each, but for the first, which is whole."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    whole = zlib.compress(bytes((width + 7) // 8 + 1) * height)
    pixel = zlib.compress(bytes(2))
    control = struct.pack(">IIIIIHHBB", 0, width, height, 0, 0, 1, 10, 0, 0)
    more = b"".join(
        chunk(b"fcTL", struct.pack(">IIIIIHHBB", 2 * n + 1, 1, 1, 0, 0, 1, 10, 0, 0))
        + chunk(b"fdAT", struct.pack(">I", 2 * n + 2) + pixel)
        for n in range(count - 1)
    )
    return PNG[:8] + b"".join(
        (
            chunk(b"IHDR", header),
            chunk(b"acTL", struct.pack(">II", count, 0)),
            chunk(b"fcTL", control),
            chunk(b"IDAT", whole),
            more,
            chunk(b"IEND", b""),
        )
    )


def gif_frames(width: int, height: int, count: int) -> bytes:
    """An animation whose frames draw one pixel each."""
    frame = b",\0\0\0\0\1\0\1\0\0" + b"\2\2\x44\1\0"
    head = b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0" + b"\0\0\0\xff\xff\xff"
    return head + frame * count + b";"


def tiff(*tags: tuple[int, int]) -> bytes:
    """A TIFF of 64 x 48 grey pixels, all 0, with tags of one's own choosing in place of these."""
    pixels = 64 * 48
    usual = {256: 64, 257: 48, 258: 8, 259: 1, 262: 1, 273: 400, 277: 1, 278: 48, 279: pixels}
    if dict(tags).keys() & {322, 323}:
        usual |= {324: 400, 325: pixels}
    entries = sorted({**usual, **dict(tags)}.items())
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    head = b"II*\0" + struct.pack("<IH", 8, len(entries)) + directory
    return head.ljust(400, b"\0") + bytes(pixels)


def tiff_fields(*fields: tuple[int, int, int]) -> bytes:
    """A TIFF of one white pixel with fields of one's own: tag, type, and how many zeros it has."""
    usual = ((256, 3, 1), (257, 3, 1), (258, 3, 1), (259, 3, 1), (262, 3, 0), (279, 4, 1))
    head = b"II*\0" + struct.pack("<IH", 8, len(usual) + len(fields))
    values_at = len(head) + 12 * (len(usual) + len(fields)) + 4
    head += b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in usual)
    for tag, kind, count in fields:
        head += struct.pack("<HHII", tag, kind, count, values_at)
    return head + bytes(4) + bytes(8 * max(count for *_, count in fields))


def bigtiff(*fields: tuple[int, int, int]) -> bytes:
    """The same as a BigTIFF, which is nothing but these fields."""
    head = b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, len(fields))
    values_at = len(head) + 20 * len(fields) + 8
    entries = (
        struct.pack("<HHQQ", tag, kind, count, values_at if count > 1 else 0)
        for tag, kind, count in fields
    )
    return head + b"".join(entries) + bytes(8) + bytes(8 * max(count for *_, count in fields))


def tiff_of_rows(
    *fields: tuple[int, int, int], length: int = 0, behind: int = 0, compression: int = 1
) -> bytes:
    """``PICTURE`` as a TIFF of one strip a row, and zeros behind it.

    Args:
        fields: more of them, or others in place of the usual: tag, type, and how many zeros.
        length: bytes that each strip is said to have, if not as many as it has.
        compression: 1 for none, 8 for deflate.
    """
    across, down = PICTURE.size
    pixels = PICTURE.tobytes()
    rows = [pixels[at : at + 3 * across] for at in range(0, len(pixels), 3 * across)]
    strips = [zlib.compress(row) for row in rows] if compression == 8 else rows
    places = [8 + sum(map(len, strips[:n])) for n in range(down)]
    lengths = [length or len(strip) for strip in strips]
    arrays_at = places[-1] + len(strips[-1])
    usual = {256: across, 257: down, 258: 8, 259: compression, 262: 2, 277: 3, 278: 1}
    found = {tag: (4, 1, value) for tag, value in usual.items()}
    found |= {273: (4, down, arrays_at), 279: (4, down, arrays_at + 4 * down)}
    directory_at = arrays_at + 8 * down
    zeros_at = directory_at + 6 + 12 * len(found.keys() | {tag for tag, *_ in fields})
    found |= {tag: (kind, count, zeros_at) for tag, kind, count in fields}
    entries = (struct.pack("<HHII", tag, *found[tag]) for tag in sorted(found))
    return b"".join(
        (
            b"II*\0" + struct.pack("<I", directory_at),
            *strips,
            struct.pack(f"<{down}I", *places) + struct.pack(f"<{down}I", *lengths),
            struct.pack("<H", len(found)) + b"".join(entries) + bytes(4),
            bytes(behind),
        )
    )


def bmp(
    body: bytes, bits: int, compression: int, more: bytes = b"", size: tuple[int, int] = (64, 48)
) -> bytes:
    at = 54 + len(more)
    header = struct.pack("<IiiHH", 40 + len(more), *size, 1, bits)
    header += struct.pack("<IIiiII", compression, len(body), 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", at + len(body), 0, 0, at) + header + more + body


def orientation(type_: int, value: bytes) -> bytes:
    """EXIF that says which way up in a type of value of one's own choosing."""
    entry = struct.pack("<HHI", 0x0112, type_, 1) + value
    return b"II*\0\x08\0\0\0\1\0" + entry + bytes(4) + bytes(8)
