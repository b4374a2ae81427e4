"""GIFs, WebPs, AVIFs, TIFFs and BMPs that are odd, or lie."""

import struct
from collections.abc import Iterator

from PIL import Image

from tests.pictures import encoded
from tests.unit.imaging.drawings import animated
from tests.unit.imaging.files import (
    AVIF,
    PICTURE,
    WEBP,
    bigtiff,
    bmp,
    gif_frames,
    part,
    tiff,
    tiff_fields,
    tiff_of_rows,
    webp,
    webp_frames,
)
from tests.unit.imaging.odd_avifs import with_boxes, with_entries
from tests.unit.imaging.odd_jpegs import ORIENTATIONS
from tests.unit.imaging.samples import AVIF_10, AVIF_12

GIF = encoded(PICTURE, "GIF")
MOVING = animated("AVIF")


def shown() -> Iterator[tuple[str, bytes]]:
    yield "gif without a trailer", GIF[:-1]
    yield "gif of megabytes of comments", encoded(PICTURE, "GIF", comment=b"x" * 5_000_000)
    yield from _webps()
    yield "avif of 10 bits", AVIF_10
    yield "avif of 12 bits", AVIF_12
    for brand in (b"mif1", b"miaf", b"MA1B"):
        yield f"avif of brand {brand.decode()}", AVIF[:8] + brand + AVIF[12:]
    yield "avif in grey", encoded(PICTURE.convert("RGB"), "AVIF", speed=10, subsampling="4:4:4")
    yield from _tiffs()
    yield "bmp whose alpha is nothing but zeros", _without_alpha()


def refused() -> Iterator[tuple[str, bytes, str]]:
    yield "gif that is a script", b"GIF89a/*\1\0\0\0*/=1;alert(1)//", "corrupt_image"
    yield "gif of too many frames", gif_frames(8, 8, 1001), "too_many_pixels"
    yield "gif of too many pixels", gif_frames(4_000, 4_000, 7), "too_many_pixels"
    screen = b"GIF89a\x40\0\x30\0\0\0\0"
    yield "gif of endless comments", screen + b"!\xfe\0" * 1_000_000, "corrupt_image"
    yield "gif of endless rubbish", screen + bytes(1_000_000), "corrupt_image"
    yield "webp of too many frames", webp_frames(8, 8, 1001), "too_many_pixels"
    yield "webp of too many pixels", webp_frames(4_000, 4_000, 7), "too_many_pixels"
    yield "webp of endless canvas", webp(16_777_216, 16_777_216), "too_many_pixels"
    yield "webp without a picture", webp(64, 48), "corrupt_image"
    size = AVIF.index(b"ispe") + 8
    endless = AVIF[:size] + b"\0\1\0\0" * 2 + AVIF[size + 8 :]
    yield "avif of endless pixels", endless, "corrupt_image"
    yield "tiff of endless pixels", tiff((256, 70_000), (257, 70_000)), "too_many_pixels"
    yield "tiff of one endless tile", tiff((322, 60_000), (323, 60_000)), "too_many_pixels"
    yield "tiff whose directory is itself", b"II*\0\x08\0\0\0" + b"\0\0\x08\0\0\0", "corrupt_image"
    yield "tiff of endless tags", b"II*\0\x08\0\0\0\xff\xff" + bytes(4_000), "corrupt_image"
    yield "tiff of half a million strips", tiff_fields((273, 4, 500_000)), "corrupt_image"
    yield "bigtiff of half a million strips", bigtiff((273, 4, 500_000)), "corrupt_image"
    yield "bigtiff of endless fields", bigtiff(*[(9, 2, 1)] * 70_000), "corrupt_image"
    for kind, name in ((1, "bytes"), (2, "letters"), (7, "anything")):
        data = tiff_of_rows((273, kind, 500_000), behind=500_000)
        yield f"tiff of half a million strips as {name}", data, "corrupt_image"
    data = tiff_of_rows((273, 4, 5_000), behind=20_000)
    yield "tiff of a hundred strips for each row", data, "corrupt_image"
    yield "tiff of half the strips it needs", tiff((257, 96)), "corrupt_image"
    data = tiff_of_rows((279, 4, 500_000), behind=2_000_000)
    yield "tiff of half a million lengths", data, "corrupt_image"
    data = tiff_of_rows((266, 3, 1), length=2_000_000, behind=2_000_000, compression=8)
    yield "tiff of packed strips that overlap", data, "corrupt_image"
    many = part(b"what", b"") * 20_000
    yield "webp of endless chunks", webp(64, 48, WEBP[12:], many), "corrupt_image"
    yield "avif of endless items", with_entries(AVIF, b"iloc", _items(60_000)), "corrupt_image"
    data = with_entries(MOVING, b"stts", [bytes(8)] * 20_000)
    yield "avif of endless times", data, "corrupt_image"
    yield "avif of endless properties", with_boxes(AVIF, b"ipco", 20_000), "corrupt_image"
    yield "bmp of endless pixels", bmp(b"", 24, 0, size=(-(2**31), -(2**31))), "too_many_pixels"
    for name, data in {
        "jpeg": b"\xff\xd8\xff",
        "png": b"\x89PNG\r\n\x1a\n",
        "gif": b"GIF89a",
        "webp": b"RIFF\0\0\0\0WEBP",
        "avif": b"\0\0\0\x14ftypavif\0\0\0\0avif",
        "tiff": b"II*\0",
        "bmp": b"BM" + bytes(12) + b"\x28\0\0\0",
    }.items():
        yield f"nothing but a {name}'s first bytes", data, "corrupt_image"


def _webps() -> Iterator[tuple[str, bytes]]:
    picture = WEBP[12:]
    for name, exif in ORIENTATIONS.items():
        data = webp(64, 48, picture, part(b"EXIF", exif), flags=0x08)
        yield f"webp whose orientation is {name}", data
    bomb = part(b"ICCP", bytes(10_000_000))
    yield "webp with a profile of megabytes", webp(64, 48, bomb, picture, flags=0x20)
    yield "webp with xmp of megabytes", webp(64, 48, picture, part(b"XMP ", bytes(10_000_000)))
    yield "webp with a chunk of nobody's", webp(64, 48, picture, part(b"what", b"secret"))
    yield "webp that says it has alpha and has none", webp(64, 48, picture, flags=0x10)


def _tiffs() -> Iterator[tuple[str, bytes]]:
    yield "tiff whose strips overlap", tiff_of_rows(length=2_000_000, behind=2_000_000)
    for name, compression in (("", 1), ("packed ", 8)):
        large = [(tag, 7, 2_000_000) for tag in range(1_000, 1_200)]
        data = tiff_of_rows(*large, behind=2_000_000, compression=compression)
        yield f"{name}tiff of hundreds of fields of the same megabytes", data
    fractions = [(tag, 5, 500_000) for tag in (282, 33434)]
    yield "tiff of half a million fractions", tiff_of_rows(*fractions, behind=4_000_000)
    yield from _turned_tiffs()


def _turned_tiffs() -> Iterator[tuple[str, bytes]]:
    """Whose orientation is 0 or 9, or a text; Pillow itself turns a TIFF."""
    plain = encoded(PICTURE, "TIFF", tiffinfo={274: 1})
    at = plain.index(struct.pack("<HHII", 274, 3, 1, 1))
    for name, type_, value in (("0", 3, 0), ("9", 3, 9), ("a text", 2, 0x36), ("a fraction", 5, 8)):
        entry = struct.pack("<HHII", 274, type_, 1, value)
        yield f"tiff whose orientation is {name}", plain[:at] + entry + plain[at + 12 :]


def _items(count: int) -> list[bytes]:
    """Of no bytes each."""
    return [struct.pack(">HHH", number, 0, 0) for number in range(2, 2 + count)]


def _without_alpha() -> bytes:
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000) + b"BGRs" + bytes(48)
    pixels = PICTURE.transpose(Image.Transpose.FLIP_TOP_BOTTOM).convert("RGBA")
    pixels.putalpha(0)
    return bmp(pixels.tobytes("raw", "BGRA"), 32, 3, masks)
