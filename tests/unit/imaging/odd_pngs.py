"""PNGs with all that may stand in them besides a picture."""

import struct
import zlib
from collections.abc import Iterator

from tests import pictures
from tests.pictures import chunk, encoded
from tests.unit.imaging.files import PICTURE, PNG, PNG_HEADER, apng, png
from tests.unit.imaging.odd_jpegs import ORIENTATIONS

BOMB = zlib.compress(bytes(100_000_000), 9)
SMALL_BOMB = zlib.compress(bytes(4_000_000), 9)
"""As large as a profile may be."""


def shown() -> Iterator[tuple[str, bytes]]:
    for name, extra in {
        "text bomb": chunk(b"zTXt", b"Comment\0\0" + BOMB),
        "international text bomb": chunk(b"iTXt", b"Comment\0\1\0\0\0" + BOMB),
        "a text of megabytes": chunk(b"tEXt", b"Comment\0" + b"x" * 10_000_000),
        "a profile of megabytes": chunk(b"iCCP", b"x\0\0" + SMALL_BOMB),
        "profile bomb": chunk(b"iCCP", b"x\0\0" + BOMB),
        "thousands of profile bombs": chunk(b"iCCP", b"x\0\0" + SMALL_BOMB) * 5_000,
        "rubbish for a profile": chunk(b"iCCP", b"x\0\0rubbish"),
        "broken text": chunk(b"tEXt", b"a\0b")[:-1] + b"!",
        "broken gamma": chunk(b"gAMA", b"\0"),
        "broken colours": chunk(b"cHRM", b"\0\0\0"),
        "broken size": chunk(b"pHYs", b"\0"),
        "broken exif": chunk(b"eXIf", b"II*\0" + b"\xff" * 20),
        "broken animation": chunk(b"acTL", b"\0\0"),
        "animation of no frame": chunk(b"acTL", struct.pack(">II", 0, 0)),
        "animation of one frame": chunk(b"acTL", struct.pack(">II", 1, 0)),
        "thousands of texts": b"".join(chunk(b"tEXt", b"k%d\0" % n) for n in range(5000)),
        "a chunk of nobody's": chunk(b"prVt", b"secret"),
    }.items():
        yield f"png with {name}", png(extra)
    for name, exif in ORIENTATIONS.items():
        yield f"png whose orientation is {name}", png(chunk(b"eXIf", exif))
    late = PNG[:-12] + chunk(b"acTL", struct.pack(">II", 5, 0)) + PNG[-12:]
    yield "png announced as an animation too late", late
    yield "apng of a thousand frames that share thousands of chunks", _shared()
    yield "interlaced png", interlaced()
    yield "png without an end", PNG[:-12]
    yield "png with a tail", PNG + bytes(5000)


def refused() -> Iterator[tuple[str, bytes, str]]:
    large = pictures.png(10_001, 10_000, depth=8, kind=2, rows=b"")
    yield "png of a little too much", large, "too_many_pixels"
    at = PNG.index(b"IDAT") - 4
    empty = PNG[:at] + chunk(b"IDAT", b"") * 600_000 + PNG[at:]
    yield "png of endless empty chunks", empty, "corrupt_image"
    yield "apng of too many frames", apng(8, 8, 1001), "too_many_pixels"
    yield "apng of too many pixels", apng(4_000, 4_000, 7), "too_many_pixels"
    yield "apng that announces more than it has", _announced(4), "corrupt_image"
    yield "apng that announces endless frames", _announced(2**32 - 1), "too_many_pixels"
    wider = apng(8, 8, 3).replace(struct.pack(">4I", 1, 1, 0, 0), struct.pack(">4I", 1, 1, 8, 0))
    yield "apng with a frame beyond it", _checked(wider), "corrupt_image"


def seen_through() -> Iterator[tuple[str, bytes]]:
    """Black that is said to be transparent on the left, and white on the right."""
    for depth in (1, 2, 4, 8, 16):
        yield f"grey png of {depth} bits", _halves(depth, 0, bytes(2))
        palette = chunk(b"PLTE", b"\0\0\0\xff\xff\xff")
        if depth <= 8:
            yield f"palette of {depth} bits", _halves(depth, 3, b"\0", palette)
            clear = palette + chunk(b"bKGD", b"\0")
            yield f"palette of {depth} bits on black", _halves(depth, 3, b"\0", clear)
    for depth in (8, 16):
        yield f"rgb png of {depth} bits", _halves(depth, 2, bytes(6), bands=3)


def white_seen_through() -> Iterator[tuple[str, bytes]]:
    """White that is said to be transparent on the right: the highest level of each depth."""
    for depth in (1, 2, 4, 8, 16):
        highest = struct.pack(">H", (1 << depth) - 1)
        yield f"grey png of {depth} bits", _halves(depth, 0, highest)
    for depth in (8, 16):
        highest = struct.pack(">H", (1 << depth) - 1)
        yield f"rgb png of {depth} bits", _halves(depth, 2, highest * 3, bands=3)


def interlaced() -> bytes:
    """``PICTURE`` in the seven passes of Adam7 (RFC 2083, section 2.6)."""
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
    rows = b""
    for left, top, right, down in (*passes, (0, 1, 1, 2)):
        for y in range(top, PICTURE.height, down):
            places = range(left, PICTURE.width, right)
            colours = (PICTURE.getpixel((x, y)) for x in places)
            rows += b"\0" + bytes(level for colour in colours for level in colour)  # type: ignore[union-attr] # RGB
    header = struct.pack(">IIBBBBB", *PICTURE.size, 8, 2, 0, 0, 1)
    data = chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return PNG[:8] + chunk(b"IHDR", header) + data


def _halves(depth: int, kind: int, clear: bytes, palette: bytes = b"", *, bands: int = 1) -> bytes:
    """Of the lowest level on the left and the highest on the right; of a palette's first two."""
    highest = 1 if palette else (1 << depth) - 1
    left, right = (0,) * bands, (highest,) * bands
    bits = "".join(f"{level:0{depth}b}" for level in left * 8 + right * 8)
    row = b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    extra = palette + chunk(b"tRNS", clear)
    return pictures.png(16, 16, depth=depth, kind=kind, rows=row * 16, extra=extra)


def _shared() -> bytes:
    """``PICTURE``, on which the frames after the first draw nothing."""
    width, height = PICTURE.size
    still = encoded(PICTURE.convert("RGBA"), "PNG")
    clear = zlib.compress(bytes(5))
    control = struct.pack(">IIIIIHHBB", 0, width, height, 0, 0, 1, 10, 0, 1)
    more = b"".join(
        chunk(b"fcTL", struct.pack(">IIIIIHHBB", 2 * n + 1, 1, 1, 0, 0, 1, 10, 0, 1))
        + chunk(b"fdAT", struct.pack(">I", 2 * n + 2) + clear)
        for n in range(999)
    )
    shared = chunk(b"acTL", struct.pack(">II", 1_000, 0)) + chunk(b"tRNS", b"") * 20_000
    first = still[:PNG_HEADER] + shared + chunk(b"fcTL", control) + still[PNG_HEADER:-12]
    return first + more + still[-12:]


def _announced(count: int) -> bytes:
    data = apng(8, 8, 3)
    return data.replace(
        chunk(b"acTL", struct.pack(">II", 3, 0)), chunk(b"acTL", struct.pack(">II", count, 0))
    )


def _checked(data: bytes) -> bytes:
    """With checksums that are right."""
    parts, at = [data[:8]], 8
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        parts.append(chunk(data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return b"".join(parts)
