"""Opens a file of each format with Pillow, and keeps from it what would make it stumble."""

import io

from PIL import Image

from imaging import avif, png, tiff, webp
from imaging.formats import Format
from pipeline.errors import ImageError, ImageErrorCode

_AVIF_BRAND = slice(8, 12)
_PILLOWS_AVIF_BRANDS = frozenset({b"avif", b"avis", b"mif1", b"msf1"})

_BMP_BITS = frozenset({1, 4, 8, 16, 24, 32})
_BMP_COMPRESSIONS = frozenset({0, 1, 2, 3})
"""None, run lengths of 8 and of 4 bits, bit fields."""


def opened(data: bytes, format_: Format) -> Image.Image:
    """Reads the headers of any format but JPEG and GIF, which have modules of their own.

    Raises:
        ImageError: ``unsupported_format``.
        ValueError: files of which a reader would be busy for ever.
        others: whatever Pillow raises over broken files.
    """
    match format_:
        case Format.PNG:
            return png.opened(png.essence(data))
        case Format.TIFF:
            return tiff.opened(data)
        case Format.BMP:
            _check_bmp(data)
        case Format.WEBP:
            data = webp.seen_through(data)
        case Format.AVIF:
            data = avif.essence(data)
            if data[_AVIF_BRAND] not in _PILLOWS_AVIF_BRANDS:  # AVIF is among the others
                data = data[:8] + b"avif" + data[12:]
        case _:
            pass
    return Image.open(io.BytesIO(data), formats=[format_])


def _check_bmp(data: bytes) -> None:
    if int.from_bytes(data[14:18], "little") < 40 or len(data) < 34:
        return
    bits = int.from_bytes(data[28:30], "little")
    compression = int.from_bytes(data[30:34], "little")
    if bits not in _BMP_BITS or compression not in _BMP_COMPRESSIONS:
        raise ImageError(
            ImageErrorCode.UNSUPPORTED_FORMAT, f"This kind of BMP ({bits} bits) is not supported."
        )
