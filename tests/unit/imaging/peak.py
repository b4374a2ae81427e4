"""How much memory images take, in a process of its own: ``python peak.py`` answers in JSON.

The system's own figure is used, since Pillow and its libraries allocate where Python does not see.
"""

import ctypes
import io
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from imaging.memory import needed
from imaging.processing import compress
from imaging.source import open_source
from pipeline.options import ImageOptions

SIDE = 1400
"""Pixels: enough to tell from what else happens."""

SIDE_AVIF = 2010
"""More than ``encoding.AVIF_LARGE``, or it would take a minute."""


def noise(mode: str, side: int = SIDE) -> Image.Image:
    """What encoders need most memory for."""
    dice = random.Random(1)
    image = Image.frombytes(mode, (side, side), dice.randbytes(side * side * len(mode)))
    if mode == "P":
        image.putpalette(dice.randbytes(768))
    return image


def encoded(image: Image.Image, format_: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def cases() -> Iterator[tuple[str, bytes, dict[str, object]]]:
    """Name, file, options."""
    rgb, rgba = noise("RGB"), noise("RGBA")
    jpeg = encoded(rgb, "JPEG", quality=50)
    yield "jpeg", jpeg, {"quality": 100}
    yield "jpeg, halved", jpeg, {"max_width": SIDE // 2}
    yield "progressive jpeg", encoded(rgb, "JPEG", progressive=True), {}
    turned = Image.Exif()
    turned[0x0112] = 6
    yield "turned jpeg", encoded(rgb, "JPEG", exif=turned), {"quality": 95}
    yield "jpeg in inks", encoded(rgb.convert("CMYK"), "JPEG"), {"quality": 95}
    yield "jpeg to webp", jpeg, {"format": "webp", "quality": 100}
    png = encoded(rgba, "PNG", compress_level=1)
    yield "png with alpha to webp", png, {"quality": 100}
    yield "png with alpha to jpeg", png, {"format": "jpeg"}
    grey = Image.frombytes("I;16", (SIDE, SIDE), random.Random(1).randbytes(2 * SIDE * SIDE))
    yield "png of 16 bits", encoded(grey, "PNG", compress_level=1), {}
    yield "webp", encoded(rgb, "WEBP", method=0), {"format": "jpeg"}
    yield "tiff", encoded(rgba, "TIFF"), {"format": "keep"}
    yield "bmp", encoded(rgb, "BMP"), {}
    yield "gif", encoded(noise("P"), "GIF"), {}
    few = [noise("P", SIDE // 2).transpose(Image.Transpose(n)) for n in range(4)]
    moving = encoded(few[0], "GIF", save_all=True, append_images=few[1:])
    for format_ in ("webp", "keep"):
        yield f"moving gif to {format_}", moving, {"format": format_, "quality": 100}
    large = encoded(noise("RGBA", SIDE_AVIF), "WEBP", method=0)
    yield "webp with alpha to avif", large, {"format": "avif", "quality": 100}
    yield "avif", encoded(noise("RGBA", SIDE_AVIF), "AVIF", speed=10), {"format": "jpeg"}


def held(field: str) -> int:
    """Bytes that the system says this process holds: VmRSS now, VmHWM at most."""
    found = re.search(rf"{field}:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    assert found is not None
    return int(found[1]) * 1024


def peak(data: bytes, options: ImageOptions) -> int:
    """Bytes that one image takes more than there were before."""
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # begins the peak anew
    before = held("VmRSS")
    compress(open_source(data), options)
    return held("VmHWM") - before


def main() -> None:
    figures = {}
    for name, data, wanted in cases():
        options = ImageOptions.model_validate(wanted)
        figures[name] = (peak(data, options), needed(open_source(data), options))
    print(json.dumps(figures))  # noqa: T201 (its answer)


if __name__ == "__main__":
    main()
