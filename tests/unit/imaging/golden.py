"""The table of golden sources: the bytes of a file, and the picture that it shows."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from tests.pictures import ADOBE, P3, encoded, rgb_profile
from tests.unit.imaging.drawings import (
    BASE,
    BILEVEL,
    FADED,
    FRAMES,
    FROM_ADOBE,
    FROM_P3,
    GREY,
    HOLED_GREY,
    HOLED_POSTER,
    POSTER,
    SECRET,
    H,
    W,
    animated,
    blue_first,
    bmp,
    bmp_palette,
    colours,
    deep_grey,
    deep_png,
    from_wide,
    holed_frame,
    inks,
    laden,
    palette,
    posterised,
    runs,
    turned,
    without_end,
)
from tests.unit.imaging.pixels import Pixels
from tests.unit.imaging.samples import AVIF_10, AVIF_12, LOSSLESS_JPEG


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
        "lossless jpeg": (LOSSLESS_JPEG, GREY),
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
    avif = animated("AVIF", quality=95, subsampling="4:4:4", speed=8)
    yield "animated avif", Golden(avif, "avif", FRAMES, lossy=True)
    avif = animated("AVIF", holed, quality=95, subsampling="4:4:4", speed=8)
    yield "animated avif with alpha", Golden(avif, "avif", holed, lossy=True)
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
    yield "avif of 10 bits", Golden(AVIF_10, "avif", (BASE,), lossy=True)
    yield "avif of 12 bits", Golden(AVIF_12, "avif", (BASE,), lossy=True)
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
