"""The table of hostile and odd files: the bytes, and the code or the picture that each ends in.

Making what is in it takes seconds, so each process makes it once.
"""

import hashlib
from collections.abc import Iterator
from functools import cache

from PIL import Image

from tests.pictures import encoded
from tests.unit.imaging import foreign, odd_jpegs, odd_others, odd_pngs
from tests.unit.imaging.drawings import FRAMES, animated, posterised
from tests.unit.imaging.files import JPEG, PICTURE, PNG, WEBP

MOVING = tuple(frame.mapped(posterised) for frame in FRAMES)


@cache
def refused() -> dict[str, tuple[bytes, str]]:
    """Bytes and code by name."""
    return {name: (data, code) for name, data, code in _refused()}


@cache
def shown() -> dict[str, bytes]:
    """Bytes by name of what is ``PICTURE`` all the same."""
    return dict(_shown())


def _refused() -> Iterator[tuple[str, bytes, str]]:
    for name, data in (*foreign.images(), *foreign.kinds()):
        yield name, data, "unsupported_format"
    for name, data in foreign.others():
        yield name, data, "not_an_image"
    yield from odd_jpegs.refused()
    yield from odd_pngs.refused()
    yield from odd_others.refused()


def _shown() -> Iterator[tuple[str, bytes]]:
    yield from foreign.polyglots()
    yield from odd_jpegs.shown()
    yield from odd_pngs.shown()
    yield from odd_others.shown()


def digests() -> Iterator[str]:
    """Name and SHA-256 of every file here."""
    files = {name: data for name, (data, _) in refused().items()}
    files |= shown() | dict(seen_through()) | {f"whole {name}": data for name, data in whole()}
    return (f"{name}: {hashlib.sha256(data).hexdigest()}" for name, data in files.items())


def seen_through() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of what is transparent on the left and has white on the right."""
    yield from odd_pngs.seen_through()


def whole() -> Iterator[tuple[str, bytes]]:
    """One of every kind, to be cut short."""
    yield "jpeg", JPEG
    yield "progressive jpeg", odd_jpegs.progressive()
    yield "png", PNG
    yield "interlaced png", odd_pngs.interlaced()
    yield "palette", encoded(PICTURE.quantize(32), "PNG")
    yield "gif", odd_others.GIF
    yield "webp", WEBP
    yield "lossless webp", encoded(PICTURE, "WEBP", lossless=True)
    yield "webp with alpha", encoded(_faded(), "WEBP", quality=90)
    yield "avif", encoded(PICTURE, "AVIF", speed=10)
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits"):
        yield f"{compression} tiff", encoded(PICTURE, "TIFF", compression=compression)
    yield "bmp", encoded(PICTURE, "BMP")
    for format_ in ("GIF", "WEBP", "PNG", "AVIF"):
        yield f"animated {format_.lower()}", animated(format_, MOVING)


def _faded() -> Image.Image:
    faded = PICTURE.convert("RGBA")
    faded.putalpha(Image.linear_gradient("L").resize(PICTURE.size))
    return faded
