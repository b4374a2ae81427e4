"""Image formats, told by content: file names and HTTP headers are only what strangers say."""

import re
from enum import StrEnum

from pipeline.errors import ImageError, ImageErrorCode


class Format(StrEnum):
    """Every format that is read, and with ``keep`` written."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    GIF = "gif"
    AVIF = "avif"
    TIFF = "tiff"
    BMP = "bmp"

    @property
    def extension(self) -> str:
        return {Format.JPEG: "jpg", Format.TIFF: "tif"}.get(self, str(self))

    @property
    def content_type(self) -> str:
        return f"image/{self}"


_SIGNATURES = (
    (b"\xff\xd8\xff", Format.JPEG),
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"GIF87a", Format.GIF),
    (b"GIF89a", Format.GIF),
    (b"II*\0", Format.TIFF),
    (b"MM\0*", Format.TIFF),
    (b"II+\0", Format.TIFF),
    (b"MM\0+", Format.TIFF),
    (b"BM", Format.BMP),
)

_UNSUPPORTED = (
    (b"%PDF", "PDF"),
    (b"%!PS", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "PostScript"),
    (b"SIMPLE  =", "FITS"),
    (b"8BPS", "Photoshop"),
    (b"\0\0\1\0", "icon"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xffO\xffQ", "JPEG 2000"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"qoif", "QOI"),
    (b"DDS ", "DirectDraw"),
    (b"\x76\x2f\x31\x01", "OpenEXR"),
    (b"#?RADIANCE", "Radiance"),
)
"""Images and pages that shops do link to, named so that a user sees why they failed."""

_SVG = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<(?:\?xml|!--|!doctype\s+svg|svg)", re.IGNORECASE)

_ISO_BRANDS_OF_STILLS = frozenset({b"mif1", b"miaf", b"msf1", b"avif", b"avis"})


def sniff(data: bytes) -> Format:
    """The format that ``data`` is in.

    Raises:
        ImageError: ``unsupported_format`` for an image in a format that is not read,
            ``not_an_image`` for anything else.
    """
    for signature, format_ in _SIGNATURES:
        if data.startswith(signature):
            return format_
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Format.WEBP
    if data[4:8] == b"ftyp":
        return _iso(data)
    for signature, name in _UNSUPPORTED:
        if data.startswith(signature):
            raise _unsupported(name)
    if _SVG.match(data) and b"<svg" in data[:4096].lower():
        raise _unsupported("SVG")
    raise ImageError(ImageErrorCode.NOT_AN_IMAGE, "The file is not an image.")


def _iso(data: bytes) -> Format:
    """An ISO base media file: AVIF if one of its brands says so, else HEIC or a video."""
    end = min(int.from_bytes(data[:4], "big"), 4096)
    brands = {data[8:12], *(data[at : at + 4] for at in range(16, end, 4))}
    if data[8:12] in _ISO_BRANDS_OF_STILLS and brands & {b"avif", b"avis"}:
        return Format.AVIF
    raise _unsupported("HEIC" if brands & {b"heic", b"heix", b"mif1"} else "video")


def _unsupported(name: str) -> ImageError:
    return ImageError(
        ImageErrorCode.UNSUPPORTED_FORMAT,
        f"The file's format ({name}) is not supported.",
    )
