"""Pictures drawn from formulas, and files of them that Pillow cannot write or would not fill."""

import math
import re
import struct

from PIL import Image

from tests.pictures import chunk, encoded, png
from tests.unit.imaging.pixels import Pixel, Pixels

SECRET = b"PLANTED"
"""Stands in everything that must not come out."""

W, H = 64, 48

DURATIONS = (100, 250, 400)
"""Milliseconds of the frames of each animation."""


def colours(x: int, y: int) -> Pixel:
    """Slopes, and a disc with an edge."""
    disc = math.hypot(x - 40, y - 20) < 12
    red, green, blue = 40 + 3 * x, 60 + 3 * y, 150 + 60 * math.sin(x / 12) * math.cos(y / 10)
    return (250 - red, green, 90, 255) if disc else (red, green, blue, 255)


def moved(by: int) -> Pixels:
    return Pixels.drawn(W, H, lambda x, y: colours((x + by) % W, y))


def holed_frame(by: int) -> Pixels:
    return Pixels.drawn(W, H, lambda x, y: (*colours((x + by) % W, y)[:3], 255 if x > by else 0))


BASE = moved(0)
FRAMES = (BASE, moved(16), moved(32))
GREY = BASE.mapped(lambda p: (p[0], p[0], p[0], 255))
BILEVEL = Pixels.drawn(W, H, lambda x, y: (255.0,) * 4 if (x // 8 + y // 8) % 2 else (0, 0, 0, 255))
FADED = Pixels.drawn(W, H, lambda x, y: (*colours(x, y)[:3], 255 if y < 16 else 4 * (x // 4 * 4)))
HOLED = Pixels.drawn(W, H, lambda x, y: (*colours(x, y)[:3], 0 if (x // 16 + y // 16) % 2 else 255))
"""Fading and holes, over colours that would show if alpha were lost."""


def posterised(pixel: Pixel) -> Pixel:
    return (*(85 * round(value / 85) for value in pixel[:3]), pixel[3])  # type: ignore[return-value] # as it was


POSTER, HOLED_POSTER = BASE.mapped(posterised), HOLED.mapped(posterised)
HOLED_GREY = HOLED.mapped(lambda p: (p[0], p[0], p[0], p[3]))


def palette(picture: Pixels) -> Image.Image:
    """In mode P, with the colours of the picture and one more, the last, for what is not seen."""
    seen = sorted({pixel[:3] for pixel in picture.at if pixel[3]})
    numbers = {colour: n for n, colour in enumerate(seen)}
    indices = bytes(numbers[p[:3]] if p[3] else len(seen) for p in picture.at)
    image = Image.frombytes("P", (picture.width, picture.height), indices)
    image.putpalette(bytes(round(v) for colour in seen for v in colour) + b"\0\0\0")
    if any(pixel[3] == 0 for pixel in picture.at):
        image.info["transparency"] = len(seen)
    return image


def from_wide(matrix: tuple[tuple[float, ...], ...]) -> Pixels:
    """What the base's numbers mean as gamma 2.2 in a wide space, in sRGB (IEC 61966-2-1)."""

    def converted(pixel: Pixel) -> Pixel:
        linear = [(value / 255) ** (563 / 256) for value in pixel[:3]]
        narrow = (math.fsum(m * v for m, v in zip(row, linear, strict=True)) for row in matrix)
        clipped = (min(max(value, 0.0), 1.0) for value in narrow)
        curved = (12.92 * v if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055 for v in clipped)
        return (*(255 * v for v in curved), 255)  # type: ignore[return-value] # three and one

    return BASE.mapped(converted)


FROM_P3 = ((1.2249, -0.2247, 0), (-0.0420, 1.0419, 0), (-0.0197, -0.0786, 1.0979))
FROM_ADOBE = ((1.3982, -0.3983, 0), (0, 1, 0), (0, -0.0429, 1.0419))
"""Between linear spaces of the same white: css-color-4, section 18; B. Lindbloom."""


def laden(image: Image.Image, format_: str, **options: object) -> bytes:
    """Encoded with as much about it as the format carries."""
    exif = options.pop("exif", None) or Image.Exif()
    assert isinstance(exif, Image.Exif)
    exif[0x010E] = exif[0x010F] = SECRET.decode()
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    options |= {"exif": exif, "xmp": b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"}
    if format_ == "JPEG":
        options["comment"] = SECRET
    return encoded(image, format_, **options)


def turned(orientation: int) -> bytes:
    """The base, stored so that it is upright once the orientation is applied (Exif 2.32)."""
    width, height = (H, W) if orientation >= 5 else (W, H)

    def stored(x: int, y: int) -> Pixel:
        right, down = width - 1 - x, height - 1 - y
        places = ((x, y), (right, y), (right, down), (x, down), (y, x), (down, x), (down, right))
        return colours(*(*places, (y, right))[orientation - 1])

    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = Pixels.drawn(width, height, stored)
    return laden(picture.rgb(), "JPEG", quality=95, subsampling="4:4:4", exif=exif)


def animated(format_: str, frames: tuple[Pixels, ...] = FRAMES, **options: object) -> bytes:
    images = [frame.rgba() for frame in frames]
    if format_ == "GIF":
        images = [palette(frame) for frame in frames]
    data = encoded(
        images[0],
        format_,
        save_all=True,
        append_images=images[1:],
        duration=list(DURATIONS),
        **options,
    )
    return undated(data) if format_ == "AVIF" else data


def undated(avif: bytes) -> bytes:
    """An animation without the second in which libavif made it, in boxes of version 1."""
    dated = re.compile(rb"((?:mvhd|tkhd|mdhd)\x01.{3}).{16}", re.DOTALL)
    return dated.sub(lambda found: found[1] + bytes(16), avif)


def inks() -> tuple[Image.Image, Pixels]:
    """A picture in four inks, and what it looks like without a profile."""
    black = 40
    data = bytes(round(255 - v) for p in BASE.at for v in p[:3])
    inked = b"".join(data[n : n + 3] + bytes([black]) for n in range(0, len(data), 3))
    seen = BASE.mapped(lambda p: (*(round(v) * (255 - black) / 255 for v in p[:3]), 255))  # type: ignore[arg-type,return-value] # three and one
    return Image.frombytes("CMYK", (W, H), inked), seen


def deep_png(kind: int, pixels: Pixels, channels: tuple[int, ...]) -> bytes:
    rows = b"".join(
        b"\0"
        + b"".join(
            struct.pack(">H", round(pixel[c] * 257))
            for pixel in pixels.at[y * W : y * W + W]
            for c in channels
        )
        for y in range(H)
    )
    return png(W, H, depth=16, kind=kind, rows=rows, extra=chunk(b"tEXt", b"Comment\0" + SECRET))


def bmp(
    body: bytes, *, bits: int, height: int = -H, compression: int = 0, after: bytes = b""
) -> bytes:
    at = 54 + len(after)
    header = struct.pack("<IiiHHIIiiII", 40, W, height, 1, bits, compression, len(body), 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", at + len(body), 0, 0, at) + header + after + body


def blue_first(width: int) -> bytes:
    return b"".join(bytes(round(v) for v in (p[2], p[1], p[0])) + bytes(width - 3) for p in BASE.at)


def runs() -> bytes:
    """RLE8: each row as runs of one index."""
    rows = []
    indices = palette(POSTER).tobytes()
    for y in reversed(range(H)):
        row = indices[y * W : y * W + W]
        rows.append(b"".join(bytes([1, index]) for index in row) + b"\0\0")
    return b"".join(rows) + b"\0\1"


def without_end(data: bytes) -> bytes:
    assert data.endswith(b"\xff\xd9")
    return data[:-2]


def deep_grey() -> bytes:
    return b"".join(struct.pack("<H", round(pixel[0] * 257)) for pixel in GREY.at)


def bmp_palette() -> bytes:
    colours_ = palette(POSTER).getpalette() or []
    quads = (bytes([*reversed(colours_[n : n + 3]), 0]) for n in range(0, len(colours_), 3))
    return b"".join(quads).ljust(1024, b"\0")
