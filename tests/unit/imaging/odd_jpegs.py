"""JPEGs as cameras, phones and editors write them, and such as only an attacker would."""

import struct
from collections.abc import Iterator

from PIL import Image

from tests.pictures import encoded
from tests.unit.imaging.files import JPEG, PICTURE, jpeg, orientation, segment

FRAME = JPEG.index(b"\xff\xc0") + 5
"""Where its header says how large it is."""


def shown() -> Iterator[tuple[str, bytes]]:
    yield from _metadata()
    yield from _orientations()
    yield from _profiles()
    yield from _inks()
    yield "jpeg without an end", JPEG[:-2]
    yield "progressive jpeg without an end", progressive()[:-2]
    yield "jpeg with a film behind it", JPEG + b"\0\0\0\x18ftypmp42" + b"\xff\xda\xff\xd9" * 5000
    yield "jpeg with padding", JPEG[:2] + b"\xff" * 5000 + JPEG[2:]
    other = Image.new("RGB", (64, 48), "red")
    mpo = encoded(PICTURE, "MPO", quality=90, save_all=True, append_images=[other])
    yield "jpeg with a second view", mpo
    yield "jpeg that stores red, green and blue", encoded(PICTURE, "JPEG", keep_rgb=True)


def refused() -> Iterator[tuple[str, bytes, str]]:
    higher = JPEG[:FRAME] + struct.pack(">H", 2000) + JPEG[FRAME + 2 :]
    yield "jpeg that is shorter than it says", higher, "corrupt_image"
    yield "jpeg cut and closed", JPEG[: len(JPEG) * 2 // 3] + b"\xff\xd9", "corrupt_image"
    yield "jpeg without pixels", JPEG[:FRAME] + bytes(4) + JPEG[FRAME + 4 :], "corrupt_image"
    wide = struct.pack(">HH", 10_000, 10_001)
    yield "jpeg of a little too much", JPEG[:FRAME] + wide + JPEG[FRAME + 4 :], "too_many_pixels"
    yield "jpeg of a million comments", jpeg(segment(0xFE, b"") * 1_000_000), "corrupt_image"
    many = progressive()
    scan = many[many.rindex(b"\xff\xda") : -2]
    yield "jpeg of a thousand scans", many[:-2] + scan * 1000 + b"\xff\xd9", "corrupt_image"
    at = many.index(b"\xff\xc2") + 5
    large = many[:at] + struct.pack(">HH", 10_000, 10_000) + many[at + 4 : -2]
    yield "large jpeg of ninety scans", large + scan * 80 + b"\xff\xd9", "corrupt_image"


def progressive() -> bytes:
    return encoded(PICTURE, "JPEG", quality=90, progressive=True)


def _metadata() -> Iterator[tuple[str, bytes]]:
    xmp = b"http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation='6' tiff:Orientation=\"6\"/>"
    yield "jpeg turned by xmp alone", jpeg(segment(0xE1, xmp))
    yield "jpeg with megabytes before it", jpeg(segment(0xED, bytes(65_000)) * 60)
    yield (
        "jpeg with broken photoshop data",
        jpeg(segment(0xED, b"Photoshop 3.0\x008BIM\4\4")),
    )
    yield "jpeg with broken exif", jpeg(segment(0xE1, b"Exif\0\0II*\0" + b"\xff" * 40))
    yield "jpeg with empty exif", jpeg(segment(0xE1, b"Exif\0\0"))
    index = b"MPF\0II*\0\x08\0\0\0\1\0\1\xb0\4\0\1\0\0\0\x09\0\0\0" + bytes(8)
    yield "jpeg with an index of pictures that are not there", jpeg(segment(0xE2, index))
    gain = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x hdrgm:Version='1.0'/>")
    yield "jpeg with a gain map", jpeg(gain, segment(0xE2, index)) + JPEG


def _orientations() -> Iterator[tuple[str, bytes]]:
    for name, exif in ORIENTATIONS.items():
        body = b"Exif\0\0" + exif
        yield f"jpeg whose orientation is {name}", jpeg(segment(0xE1, body))


ORIENTATIONS = {
    "0": orientation(3, struct.pack("<I", 0)),
    "9": orientation(3, struct.pack("<I", 9)),
    "far too large": orientation(3, struct.pack("<I", 65_000)),
    "less than nothing": orientation(9, struct.pack("<i", -6)),
    "a text": orientation(2, b"6\0\0\0"),
    "a fraction": orientation(5, struct.pack("<I", 26)),
    "a fraction of nothing": orientation(5, struct.pack("<I", 22)),
    "a decimal": orientation(11, struct.pack("<f", 6.0)),
}
"""Which say nothing to a browser."""


def _profiles() -> Iterator[tuple[str, bytes]]:
    yield "jpeg with rubbish for a profile", jpeg(_profile(bytes(65_000), 1, 1))
    bomb = (_profile(bytes(65_000), n, 255) for n in range(1, 256))
    yield "jpeg with a profile of 16 megabytes", jpeg(*bomb)
    tags = struct.pack(">I", 0xFFFFFFFF) + b"A2B0" * 9
    header = struct.pack(">I4sI4s4s4s", 200, b"x", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    head = header.ljust(36, b"\0") + b"acsp"
    yield "jpeg whose profile has endless tags", jpeg(_profile(head.ljust(128, b"\0") + tags, 1, 1))
    yield "jpeg whose profile is missing its half", jpeg(_profile(bytes(100), 2, 2))


def _profile(body: bytes, number: int, of: int) -> bytes:
    return segment(0xE2, b"ICC_PROFILE\0" + bytes([number, of]) + body)


def _inks() -> Iterator[tuple[str, bytes]]:
    """As Adobe writes them, which is upside down; YCCK is ink through the YCbCr formula."""
    inverted = PICTURE.point([255 - level for level in range(256)] * 3)
    black = Image.new("L", PICTURE.size)
    yield "adobe's cmyk", _four(Image.merge("CMYK", [*inverted.split(), black]))
    hue = inverted.convert("YCbCr").point([255 - level for level in range(256)] * 3)
    ycck = bytearray(_four(Image.merge("CMYK", [*hue.split(), black])))
    ycck[ycck.index(b"Adobe") + 11] = 2
    yield "adobe's ycck", bytes(ycck)


def _four(image: Image.Image) -> bytes:
    return encoded(image, "JPEG", quality=95)
