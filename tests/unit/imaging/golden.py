"""The table of golden sources: the bytes of a file, and the picture that it shows."""

import io
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from tests.pictures import ADOBE, P3, chunk, encoded, png, rgb_profile
from tests.unit.imaging.pixels import Pixel, Pixels

SECRET = b"PLANTED"
"""Stands in everything that must not come out."""

W, H = 64, 48

DURATIONS = (100, 250, 400)
"""Milliseconds of the frames of each animation."""


@dataclass(frozen=True)
class Golden:
    """``frames`` are what is seen, in sRGB; ``plays`` is 0 for ever. ``lossy`` sources may differ
    from their formula as far as their own encoder went."""

    data: bytes
    format: str
    frames: tuple[Pixels, ...]
    plays: int = 0
    lossy: bool = False

    @property
    def is_transparent(self) -> bool:
        return any(pixel[3] < 255 for frame in self.frames for pixel in frame.at)


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
    return encoded(
        images[0],
        format_,
        save_all=True,
        append_images=images[1:],
        duration=list(DURATIONS),
        **options,
    )


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


def sources() -> Iterator[tuple[str, Golden]]:
    yield from _jpegs()
    yield from _pngs()
    yield from _moving()
    yield from _others()


def _jpegs() -> Iterator[tuple[str, Golden]]:
    for orientation in range(1, 9):
        yield f"orientation {orientation}", Golden(turned(orientation), "jpeg", (BASE,), lossy=True)
    fine: dict[str, object] = {"quality": 95, "subsampling": "4:4:4"}
    plain = laden(BASE.rgb(), "JPEG", **fine)
    inked, seen = inks()
    adobe = laden(inked, "JPEG", quality=95)
    yield "adobe's cmyk jpeg", Golden(adobe, "jpeg", (seen,), lossy=True)
    marker = adobe.index(b"\xff\xee")
    bare = adobe[:marker] + adobe[marker + 16 :]
    yield "cmyk jpeg of nobody", Golden(bare, "jpeg", (seen,), lossy=True)
    table: dict[str, tuple[bytes, Pixels]] = {
        "grey jpeg": (laden(GREY.rgb().convert("L"), "JPEG", quality=95), GREY),
        "progressive": (laden(BASE.rgb(), "JPEG", progressive=True, **fine), BASE),
        "4:2:0": (laden(BASE.rgb(), "JPEG", quality=95, subsampling="4:2:0"), BASE),
        "4:4:4": (plain, BASE),
        "restart markers": (laden(BASE.rgb(), "JPEG", restart_marker_blocks=2, **fine), BASE),
        "trailing bytes": (plain + SECRET * 100 + b"\xff\xda" * 200, BASE),
        "no end marker": (without_end(plain), BASE),
        "no end marker, trailing": (without_end(plain) + SECRET, BASE),
        "P3 jpeg": (
            laden(BASE.rgb(), "JPEG", icc_profile=rgb_profile("sRGB?", P3, 2.2), **fine),
            from_wide(FROM_P3),
        ),
        "Adobe RGB jpeg": (
            laden(BASE.rgb(), "JPEG", icc_profile=rgb_profile("Adobe", ADOBE, 2.2), **fine),
            from_wide(FROM_ADOBE),
        ),
    }
    for name, (data, picture) in table.items():
        yield name, Golden(data, "jpeg", (picture,), lossy=True)


def _pngs() -> Iterator[tuple[str, Golden]]:
    p3 = rgb_profile("P3", P3, 2.2)
    alone = Pixels.drawn(1, 1, colours)
    wide = Pixels.drawn(512, 2, lambda x, y: colours(x // 8, y))
    high = Pixels.drawn(2, 512, lambda x, y: colours(x, y // 12))
    table: dict[str, tuple[bytes, Pixels]] = {
        "rgb png": (laden(BASE.rgb(), "PNG"), BASE),
        "P3 png": (laden(BASE.rgb(), "PNG", icc_profile=p3), from_wide(FROM_P3)),
        "16-bit grey png": (deep_png(0, GREY, (0,)), GREY),
        "16-bit rgb png": (deep_png(2, BASE, (0, 1, 2)), BASE),
        "16-bit rgba png": (deep_png(6, FADED, (0, 1, 2, 3)), FADED),
        "16-bit grey and alpha png": (deep_png(4, HOLED_GREY, (0, 3)), HOLED_GREY),
        "grey png": (laden(GREY.rgb().convert("L"), "PNG"), GREY),
        "grey and alpha png": (laden(HOLED_GREY.rgba().convert("LA"), "PNG"), HOLED_GREY),
        "rgba png": (laden(FADED.rgba(), "PNG"), FADED),
        "palette": (laden(palette(POSTER), "PNG"), POSTER),
        "palette with alpha": (laden(palette(HOLED_POSTER), "PNG"), HOLED_POSTER),
        "1-bit png": (laden(BILEVEL.rgb().convert("1"), "PNG"), BILEVEL),
        "one pixel": (laden(alone.rgb(), "PNG"), alone),
        "extremely wide": (laden(wide.rgb(), "PNG"), wide),
        "extremely high": (laden(high.rgb(), "PNG"), high),
    }
    for name, (data, picture) in table.items():
        yield name, Golden(data, "png", (picture,))


def _moving() -> Iterator[tuple[str, Golden]]:
    posters = tuple(frame.mapped(posterised) for frame in FRAMES)
    holed = tuple(holed_frame(by) for by in (0, 16, 32))
    gif = animated("GIF", posters, loop=2, comment=SECRET)
    yield "animated gif", Golden(gif, "gif", posters, plays=3)
    yield "gif that plays once", Golden(animated("GIF", posters), "gif", posters, plays=1)
    clear = tuple(frame.mapped(posterised) for frame in holed)
    data = animated("GIF", clear, loop=0, disposal=2)
    yield "animated gif with alpha", Golden(data, "gif", clear)
    still = encoded(palette(HOLED_POSTER), "GIF", comment=SECRET)
    yield "still gif with alpha", Golden(still, "gif", (HOLED_POSTER,))
    webp = animated("WEBP", lossless=True, loop=4)
    yield "animated webp", Golden(webp, "webp", FRAMES, plays=4)
    apng = animated("PNG", holed, loop=0, disposal=1)
    yield "animated png with alpha", Golden(apng, "png", holed)
    apng = animated("PNG", loop=5)
    yield "animated png", Golden(apng, "png", FRAMES, plays=5)


def _others() -> Iterator[tuple[str, Golden]]:
    webp = laden(FADED.rgba(), "WEBP", lossless=True, exact=True)
    yield "webp with alpha", Golden(webp + SECRET, "webp", (FADED,))
    lossy = laden(BASE.rgb(), "WEBP", quality=95)
    yield "lossy webp", Golden(lossy, "webp", (BASE,), lossy=True)
    avif = laden(BASE.rgb(), "AVIF", quality=95, subsampling="4:4:4", speed=8)
    yield "avif with nclx", Golden(avif, "avif", (BASE,), lossy=True)
    assert avif.count(b"nclx") == 1
    yield "avif without nclx", Golden(avif.replace(b"nclx", b"nope"), "avif", (BASE,), lossy=True)
    inked, seen = inks()
    pages = io.BytesIO()
    BASE.rgb().save(pages, "TIFF", save_all=True, append_images=[GREY.rgb()], description=SECRET)
    table: dict[str, tuple[str, bytes, Pixels]] = {
        "tiff of pages": ("tiff", pages.getvalue(), BASE),
        "lzw tiff": ("tiff", laden(BASE.rgb(), "TIFF", compression="tiff_lzw"), BASE),
        "tiff with alpha": ("tiff", laden(FADED.rgba(), "TIFF"), FADED),
        "cmyk tiff": ("tiff", laden(inked, "TIFF"), seen),
        "16-bit tiff": ("tiff", laden(Image.frombytes("I;16", (W, H), deep_grey()), "TIFF"), GREY),
        "fax tiff": (
            "tiff",
            laden(BILEVEL.rgb().convert("1"), "TIFF", compression="group4"),
            BILEVEL,
        ),
        "bmp": ("bmp", encoded(BASE.rgb(), "BMP") + SECRET, BASE),
        "bmp from the top": ("bmp", bmp(blue_first(3), bits=24), BASE),
        "bmp of 32 bits": ("bmp", bmp(blue_first(4), bits=32), BASE),
        "bmp of a palette": ("bmp", encoded(palette(POSTER), "BMP"), POSTER),
        "bmp of runs": (
            "bmp",
            bmp(runs(), bits=8, height=H, compression=1, after=bmp_palette()),
            POSTER,
        ),
    }
    for name, (format_, data, picture) in table.items():
        yield name, Golden(data, format_, (picture,))


def deep_grey() -> bytes:
    return b"".join(struct.pack("<H", round(pixel[0] * 257)) for pixel in GREY.at)


def bmp_palette() -> bytes:
    colours_ = palette(POSTER).getpalette() or []
    quads = (bytes([*reversed(colours_[n : n + 3]), 0]) for n in range(0, len(colours_), 3))
    return b"".join(quads).ljust(1024, b"\0")
