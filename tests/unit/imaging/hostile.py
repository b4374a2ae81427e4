"""The table of hostile and odd files: the bytes, and the code or the picture that each ends in."""

import struct
import zlib
from collections.abc import Iterator

from PIL import Image

from tests.pictures import chunk, encoded, png
from tests.unit.imaging.drawings import BASE

PICTURE = BASE.rgb()
JPEG = encoded(PICTURE, "JPEG", quality=90)
PNG = encoded(PICTURE, "PNG")
AVIF = encoded(PICTURE, "AVIF", speed=10)
HEADER = 33
"""Bytes of a PNG's signature and first chunk."""


def refused() -> Iterator[tuple[str, bytes, str]]:
    """Name, bytes, code."""
    yield from _other_formats()
    yield from _unsupported_kinds()
    yield from _lies()
    yield from _floods()


def shown() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of what is ``PICTURE`` all the same."""
    yield from _odd_jpegs()
    yield from _odd_pngs()
    yield "gif without a trailer", encoded(PICTURE, "GIF")[:-1]
    yield "gif with a tail", encoded(PICTURE, "GIF") + b"PK\3\4" * 99
    yield "webp with a tail", encoded(PICTURE, "WEBP", quality=90) + b"PK\3\4" * 99
    yield "avif with a tail", AVIF + b"PK\3\4" * 99
    for brand in (b"mif1", b"miaf", b"MA1B"):
        yield f"avif of brand {brand.decode()}", AVIF[:8] + brand + AVIF[12:]
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000) + b"BGRs" + bytes(48)
    pixels = PICTURE.transpose(Image.Transpose.FLIP_TOP_BOTTOM).convert("RGBA")
    pixels.putalpha(0)
    yield "bmp whose alpha is nothing but zeros", bmp(pixels.tobytes("raw", "BGRA"), 32, 3, masks)


def _other_formats() -> Iterator[tuple[str, bytes, str]]:
    for name, data in {
        "cursor": b"\0\0\2\0\1\0",
        "apple's icon": b"icns\0\0\0\1",
        "jpeg xr": b"II\xbc\1\x08\0\0\0",
        "jpeg xl": b"\xff\x0a\xfa\x1f",
        "jpeg xl in a box": b"\0\0\0\x0cJXL \r\n\x87\n",
        "jpeg 2000 codestream": b"\xffO\xffQ\0\x2f",
        "photoshop": b"8BPS\0\1",
        "netpbm": b"P6\n64 48\n255\n",
        "sgi": b"\x01\xda\1\1\0\3",
        "fuji's raw": b"FUJIFILMCCD-RAW 0201",
        "panasonic's raw": b"IIU\0\x18\0\0\0",
        "olympus' raw": b"IIRO\x08\0\0\0",
        "canon's raw of today": b"\0\0\0\x18ftypcrx \0\0\0\1crx isom",
        "svg with a prefix": b'<?xml version="1.0"?><svg:svg xmlns:svg="x"/>',
        "svg in utf-16": "\ufeff<?xml version='1.0'?><svg/>".encode("utf-16-le"),
        "svg after a long doctype": b'<!DOCTYPE svg [<!ENTITY x "' + b"y" * 9000 + b'">]><svg/>',
        "svg after many comments": b"<!-- - -->\n" * 500 + b"<svg viewBox='0 0 1 1'/>",
    }.items():
        yield name, data, "unsupported_format"
    for name, data in {
        "text that begins like a bmp": b"BMW: all the models of the year and their prices",
        "page with a drawing": b"<?xml version='1.0'?><!DOCTYPE html><html><svg/></html>",
        "comment that mentions svg": b"<!-- <svg> --><html></html>",
        "packed svg": b"\x1f\x8b\x08\0\0\0\0\0",
        "film": b"\x1a\x45\xdf\xa3",
    }.items():
        yield name, data, "not_an_image"


def _unsupported_kinds() -> Iterator[tuple[str, bytes, str]]:
    frame = JPEG.index(b"\xff\xc0")
    for name, data in {
        "jpeg of 12 bits": JPEG[: frame + 4] + b"\x0c" + JPEG[frame + 5 :],
        "jpeg of two colours": JPEG[: frame + 9] + b"\2" + JPEG[frame + 10 :],
        "jpeg-ls": JPEG.replace(b"\xff\xc0", b"\xff\xf7", 1),
        "hierarchical jpeg": JPEG.replace(b"\xff\xc0", b"\xff\xc5", 1),
        "dng": tiff((254, 1), (50706, 0x00000401)),
        "nikon's raw": tiff((254, 1), (330, 8)),
        "canon's raw": b"II*\0\x10\0\0\0CR\2\0" + bytes(20),
        "tiff of a sensor's pixels": tiff((262, 32803)),
        "tiff of jpeg 2000": tiff((259, 34712)),
        "tiff of floats in colour": tiff((258, 32), (277, 3), (339, 3), (262, 2)),
        "tiff of unsigned 32 bits": tiff((258, 32)),
        "bmp around a jpeg": bmp(JPEG, 0, 4),
        "bmp of 64 bits": bmp(bytes(64 * 48 * 8), 64, 0),
    }.items():
        yield name, data, "unsupported_format"


def _lies() -> Iterator[tuple[str, bytes, str]]:
    frame = JPEG.index(b"\xff\xc0") + 5
    higher = JPEG[:frame] + struct.pack(">H", 2000) + JPEG[frame + 2 :]
    yield "jpeg that is shorter than it says", higher, "corrupt_image"
    yield "jpeg cut and closed", JPEG[: len(JPEG) * 2 // 3] + b"\xff\xd9", "corrupt_image"
    yield "jpeg cut and left open", JPEG[: len(JPEG) * 2 // 3], "corrupt_image"
    yield "jpeg without pixels", JPEG[:frame] + bytes(4) + JPEG[frame + 4 :], "corrupt_image"
    wide = struct.pack(">HH", 10_000, 10_001)
    yield "jpeg of a little too much", JPEG[:frame] + wide + JPEG[frame + 4 :], "too_many_pixels"
    large = png(10_001, 10_000, depth=8, kind=2, rows=b"")
    yield "png of a little too much", large, "too_many_pixels"
    yield "tiff of endless pixels", tiff((256, 70_000), (257, 70_000)), "too_many_pixels"
    yield "tiff of one endless tile", tiff((322, 60_000), (323, 60_000)), "too_many_pixels"
    size = AVIF.index(b"ispe") + 8
    yield (
        "avif of endless pixels",
        AVIF[:size] + b"\0\1\0\0" * 2 + AVIF[size + 8 :],
        "corrupt_image",
    )
    yield "bmp of endless pixels", bmp(b"", 24, 0, size=(-(2**31), -(2**31))), "too_many_pixels"
    yield "gif that is a script", b"GIF89a/*\1\0\0\0*/=1;alert(1)//", "corrupt_image"
    for name, data in {
        "jpeg": JPEG[:3],
        "png": PNG[:8],
        "gif": b"GIF89a",
        "tiff": b"II*\0",
    }.items():
        yield f"nothing but a {name}'s first bytes", data, "corrupt_image"


def _floods() -> Iterator[tuple[str, bytes, str]]:
    comments = JPEG[:2] + b"\xff\xfe\0\2" * 1_000_000 + JPEG[2:]
    yield "jpeg of a million comments", comments, "corrupt_image"
    at = PNG.index(b"IDAT") - 4
    empty = PNG[:at] + chunk(b"IDAT", b"") * 600_000 + PNG[at:]
    yield "png of endless empty chunks", empty, "corrupt_image"
    yield (
        "gif of endless comments",
        b"GIF89a\x40\0\x30\0\0\0\0" + b"!\xfe\0" * 1_000_000,
        "corrupt_image",
    )
    yield "gif of endless rubbish", b"GIF89a\x40\0\x30\0\0\0\0" + bytes(1_000_000), "corrupt_image"


def _odd_jpegs() -> Iterator[tuple[str, bytes]]:
    def after(*segments: bytes) -> bytes:
        return JPEG[:2] + b"".join(segments) + JPEG[2:]

    xmp = b"http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation='6' tiff:Orientation=\"6\"/>"
    yield "jpeg turned by xmp alone", after(segment(0xE1, xmp))
    yield "jpeg with a film behind it", JPEG + b"\0\0\0\x18ftypmp42" + b"\xff\xda\xff\xd9" * 5000
    yield "jpeg with an archive behind it", JPEG + b"PK\3\4" * 5000
    yield "jpeg with padding", JPEG[:2] + b"\xff" * 5000 + JPEG[2:]
    yield "jpeg with broken photoshop data", after(segment(0xED, b"Photoshop 3.0\x008BIM\4\4"))
    yield "jpeg with broken exif", after(segment(0xE1, b"Exif\0\0II*\0" + b"\xff" * 40))
    yield "jpeg with empty exif", after(segment(0xE1, b"Exif\0\0"))
    index = b"MPF\0II*\0\x08\0\0\0\1\0\1\xb0\4\0\1\0\0\0\x09\0\0\0" + bytes(8)
    yield "jpeg with an index of pictures that are not there", after(segment(0xE2, index))
    gain = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x hdrgm:Version='1.0'/>")
    yield "jpeg with a gain map", after(gain, segment(0xE2, index)) + JPEG
    for name, type_, value in (
        ("far too large", 3, struct.pack("<I", 65_000)),
        ("a text", 2, b"six\0"),
        ("a fraction of nothing", 5, struct.pack("<I", 26)),
    ):
        entry = struct.pack("<HHI", 0x0112, type_, 1) + value
        exif = b"Exif\0\0II*\0\x08\0\0\0\1\0" + entry + bytes(4) + bytes(8)
        yield f"jpeg whose orientation is {name}", after(segment(0xE1, exif))
    profile = segment(0xE2, b"ICC_PROFILE\0\1\1" + bytes(65_000))
    yield "jpeg with rubbish for a profile", after(profile)


def _odd_pngs() -> Iterator[tuple[str, bytes]]:
    bomb = zlib.compress(bytes(100_000_000), 9)
    for name, extra in {
        "text bomb": chunk(b"zTXt", b"Comment\0\0" + bomb),
        "international text bomb": chunk(b"iTXt", b"Comment\0\1\0\0\0" + bomb),
        "profile bomb": chunk(b"iCCP", b"x\0\0" + bomb),
        "rubbish for a profile": chunk(b"iCCP", b"x\0\0rubbish"),
        "broken text": chunk(b"tEXt", b"a\0b")[:-1] + b"!",
        "broken gamma": chunk(b"gAMA", b"\0"),
        "broken colours": chunk(b"cHRM", b"\0\0\0"),
        "broken size": chunk(b"pHYs", b"\0"),
        "broken exif": chunk(b"eXIf", b"II*\0" + b"\xff" * 20),
        "broken animation": chunk(b"acTL", b"\0\0"),
        "animation of one frame": chunk(b"acTL", struct.pack(">II", 1, 0)),
        "thousands of texts": b"".join(chunk(b"tEXt", b"k%d\0" % n) for n in range(5000)),
    }.items():
        yield f"png with {name}", PNG[:HEADER] + extra + PNG[HEADER:]
    yield "interlaced png", INTERLACED
    yield "png without an end", PNG[:-12]
    yield "png with a tail", PNG + bytes(5000)


def segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


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


def bmp(
    body: bytes, bits: int, compression: int, more: bytes = b"", size: tuple[int, int] = (64, 48)
) -> bytes:
    at = 54 + len(more)
    header = struct.pack("<IiiHH", 40 + len(more), *size, 1, bits)
    header += struct.pack("<IIiiII", compression, len(body), 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", at + len(body), 0, 0, at) + header + more + body


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


INTERLACED = interlaced()
